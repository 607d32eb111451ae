using System.Text.Json;
using SandGlass.Algorithms.Sharing;
using SandGlass.Fleet;

namespace SandGlass.Layers.Switch;

/// <summary>
/// What gateways tell each other of switches: where each stands, and what is left of its time. What is heard is joined to what is known, and moments of
/// another gateway's wall clock become moments of this one's. Not thread-safe: its owner has a lock.
/// </summary>
/// <param name="book">What is known.</param>
/// <param name="audit">Gets a line for each change.</param>
/// <param name="time">The wall clock.</param>
internal sealed class SwitchNews(SwitchBook book, SwitchAudit audit, TimeProvider time)
{
    // The fleet's word for what is left of a switch's time counts after a restart where the kept moment is off by more.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(1);

    /// <summary>What there is to tell.</summary>
    public IReadOnlyList<SharedEntry> Tell() => [.. book.Kept.Select(k => new SharedEntry(
        k.Key, k.Value.Order, book.Ends.IsInDoubt(k.Key) ? null : book.Ends.Left(k.Key), () => JsonSerializer.Serialize(SwitchRecord.Of(k.Value), SwitchRecord.Json)))];

    /// <summary>The fleet was heard.</summary>
    /// <param name="clock">Redis', at this moment.</param>
    /// <param name="entries">What others have told.</param>
    /// <returns>Whether any switch was told of whose time is over.</returns>
    /// <exception cref="IOException">The state folder cannot be written.</exception>
    public bool Hear(DateTimeOffset clock, IReadOnlyList<SharedEntry> entries)
    {
        book.Ends.Compare(clock);
        var kept = new Dictionary<string, Register<SwitchState.Position>>(book.Kept, StringComparer.Ordinal);
        var news = new List<(string Id, Register<SwitchState.Position>? Before, TimeSpan? Left, bool IsSure)>();
        foreach (var entry in entries)
        {
            if (book.Kept.TryGetValue(entry.Name, out var before) && entry.Order.StartsWith(before.Stamp.ToString(), StringComparison.Ordinal))
            {
                Correct(entry, before, kept);
                before = kept[entry.Name];
            }

            if (before?.Order != entry.Order && Read(entry) is { } told && (before?.Join(told) ?? told) is var joined && joined.Order != before?.Order)
            {
                // Moments of the wall clock are those of the gateway where it was thrown; here they are counted from the fleet's clock, or else from ours.
                var known = Left(entry, told.Value);
                var left = joined.Stamp == before?.Stamp ? null : known ?? Guess(joined.Value);
                kept[entry.Name] = left is { } span ? joined with { Last = joined.Last with { Value = Here(joined.Value, span) } } : joined;
                news.Add((entry.Name, before, left, known is not null));
            }
        }

        if (news.Count > 0 || !kept.SequenceEqual(book.Kept))
        {
            book.Save(kept);
        }

        foreach (var (id, before, left, isSure) in news)
        {
            Take(id, before, kept[id], left, isSure);
        }

        return news.Any(static n => n.Left <= TimeSpan.Zero);
    }

    private static Register<SwitchState.Position>? Read(SharedEntry entry)
    {
        try
        {
            return JsonSerializer.Deserialize<SwitchRecord>(entry.Text(), SwitchRecord.Json)?.Register() is { } told && told.Order == entry.Order ? told : null;
        }
        catch (JsonException)
        {
            // Somebody's hand, or a gateway of another version: it says nothing here.
            return null;
        }
    }

    private void Take(string id, Register<SwitchState.Position>? before, Register<SwitchState.Position> after, TimeSpan? left, bool isSure)
    {
        if (before?.Stamp == after.Stamp)
        {
            book.Show(id, after);
        }
        else
        {
            book.Follow(id);
            book.Show(id, after);
            book.Ends.Set(id, after.Value, left);
            if (!isSure)
            {
                book.Ends.Heard(id);
            }

            audit.Changed(id, before?.Value, after.Value, SwitchAudit.Fleet(after.Value));
        }

        if (after.Lost is { } lost && lost.Stamp != before?.Lost?.Stamp && !lost.Value.SaysTheSame(after.Value))
        {
            audit.Conflict(id, after.Value, lost.Value);
        }
    }

    // What is told is what is known; but where only a wall clock has told what is left, the fleet's clock has the better word.
    private void Correct(SharedEntry entry, Register<SwitchState.Position> before, Dictionary<string, Register<SwitchState.Position>> kept)
    {
        if (Left(entry, before.Value) is not { } left || !book.Ends.Learn(entry.Name))
        {
            return;
        }

        var known = book.Ends.Left(entry.Name) ?? TimeSpan.MaxValue;
        if ((known - left).Duration() <= Slack)
        {
            return;
        }

        var after = before with { Last = before.Last with { Value = Here(before.Value, left) } };
        kept[entry.Name] = after;
        book.Ends.Set(entry.Name, before.Value, left);
        if (left > TimeSpan.Zero && book.Follow(entry.Name))
        {
            audit.GoesOn(entry.Name, before.Value, after.Value, left);
        }

        book.Show(entry.Name, after);
    }

    // What may be left by the moments that came with it, which are those of another gateway's wall clock.
    private TimeSpan? Guess(SwitchState.Position position)
    {
        var left = position.On ? position.Until - book.Ends.Now : null;
        var whole = position.Until - position.Since;
        return left > whole ? whole : left;
    }

    // A switch's end as the fleet knows it; never more than the whole time that was asked for.
    private static TimeSpan? Left(SharedEntry entry, SwitchState.Position position) =>
        position.On && entry.Moment is { } moment && position.Until - position.Since is { } whole ? moment < whole ? moment : whole : null;

    private SwitchState.Position Here(SwitchState.Position position, TimeSpan left)
    {
        var until = time.GetUtcNow() + left;
        return position with { Since = until - (position.Until - position.Since), Until = until };
    }
}
