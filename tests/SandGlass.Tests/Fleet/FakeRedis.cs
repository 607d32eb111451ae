using SandGlass.Fleet;
using SandGlass.Testing;

namespace SandGlass.Tests.Fleet;

/// <summary>What <see cref="ShareScript"/> does in a real Redis, here in memory and on a clock moved by hand. It can forget everything.</summary>
internal sealed class FakeRedis(Func<TimeSpan> elapsed)
{
    // In microseconds, as Redis tells it: that of a gateway whose wall clock nobody has set.
    private static readonly long Origin = new TestClock().GetUtcNow().ToUnixTimeMilliseconds() * 1000;

    private readonly Dictionary<string, (SharedEntry Entry, long Revision, long? Moment)> _things = new(StringComparer.Ordinal);
    private static readonly TimeSpan MemberFor = TimeSpan.FromSeconds(3);

    private readonly Dictionary<string, string> _gateways = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TimeSpan> _beats = new(StringComparer.Ordinal);
    private long _revision;

    private long Now => Origin + (long)elapsed().TotalMicroseconds;

    public void Flush()
    {
        _things.Clear();
        _gateways.Clear();
        _revision = 0;
    }

    /// <summary>Whether it has been told when this ends or has begun.</summary>
    public bool Knows(string field, string order) => _things.TryGetValue(field, out var there) && there.Moment is not null && there.Entry.Order == order;

    /// <summary>One gateway's call. What is lost on the way there is not run, and what is lost on the way back has been.</summary>
    public void Call(FleetShare share, long ticks, bool isAnswered = true)
    {
        _beats[share.Id] = elapsed();
        // The heartbeat, which tells whether there is anything to call for.
        share.Seen(_revision, _beats.Keys.Count(IsAlive), ticks);
        if (!share.IsWanted)
        {
            return;
        }

        var (told, said) = share.Tell();
        var now = Now;
        var before = _things.Select(t => (t.Key, t.Value.Revision, t.Value.Entry with { Moment = t.Value.Moment is { } at ? TimeSpan.FromMicroseconds(at - now) : null })).ToArray();
        var to = Math.Max(_revision + 1, now);
        foreach (var (field, entry) in told)
        {
            var order = _things.TryGetValue(field, out var there) ? string.CompareOrdinal(there.Entry.Order, entry.Order) : -1;
            if (order < 0 || (order == 0 && there.Moment is null && entry.Moment is not null))
            {
                var text = entry.Text();
                _things[field] = (entry with { Text = () => text }, to, entry.Moment is { } moment ? now + (long)moment.TotalMicroseconds : null);
                _revision = to;
            }
        }

        if (said.Length > 0)
        {
            _gateways[share.Id] = said;
            _revision = to;
        }

        if (isAnswered)
        {
            share.Hear(told, said, new(now, _revision, before, [.. _gateways.Select(g => (g.Key, IsAlive(g.Key), g.Value))]));
        }
        else
        {
            share.Want();
        }
    }

    private bool IsAlive(string id) => _beats.TryGetValue(id, out var at) && elapsed() - at <= MemberFor;
}
