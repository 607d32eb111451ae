using SandGlass.Request;

namespace SandGlass.Layers.Coalesce;

/// <summary>What happens to an answer that has come: where it is kept, and whether it is the answer of the one who fetched it.</summary>
public static class Keeping
{
    /// <summary>How long it is known that a key's answers can't be shared: long enough for a burst, short enough to be wrong.</summary>
    public static StoredAnswer Note(long now, long ticksPerSecond) => StoredAnswer.Unshareable(now, ticksPerSecond);

    /// <summary>Keeps an answer that may be shared and lets its flight land. Null: it is another variant than the leader's.</summary>
    public static StoredAnswer? Share(Passage passage, Flight flight, AnswerReading reading, byte[] body, in Algorithms.Caching.Freshness fresh, long requestedAt, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(flight);
        ArgumentNullException.ThrowIfNull(reading);
        var plan = flight.Plan;
        var (names, grown) = Names(flight, reading.Vary!);
        var headers = passage.Headers;
        var key = names.Count == 0 ? flight.UriKey : VaryKey.Of(flight.Seed, flight.UriKey, names, headers, grown ? [.. flight.Names, .. plan.SentNames] : null);
        var kept = Sharing.Keep(reading, body, fresh, flight, key, names, requestedAt, now);
        if (names.Count > Variants.MostNames)
        {
            Refuse(flight, now);
            return IsLeaders() ? kept : null;
        }

        if (grown)
        {
            plan.Learned.Learn(names);
        }

        // What is stale from the start, has no validator and may not be given stale either, is of no use to anybody.
        if (kept.AsksAlways && !kept.HasValidator && kept.GoodWhileRenewed(plan) <= now && kept.GoodInTrouble(plan) <= now)
        {
            Refuse(flight, now);
            return IsLeaders() ? kept : null;
        }

        if (names.Count == 0)
        {
            plan.Cache.Keep(key, kept);
        }
        else
        {
            plan.Cache.Keep(flight.UriKey, key, names, kept);
        }

        flight.Land(kept.AsksAlways ? Note(now, plan.TicksPerSecond) : kept);
        return IsLeaders() ? kept : null;

        bool IsLeaders() => !grown || key == VaryKey.Of(flight.Seed, flight.UriKey, names, headers);
    }

    /// <summary>
    /// What a HEAD of a kept answer brings (§4.3.5): where it is the same answer still, its headers and its time count from now on; where it
    /// is another, what is kept is of no use. It is never the HEAD's own answer.
    /// </summary>
    public static void Learn(Passage passage, Flight flight, HttpResponseMessage answer, StoredAnswer known, DateTimeOffset arrived, double delay, long requestedAt, long now)
    {
        ArgumentNullException.ThrowIfNull(flight);
        ArgumentNullException.ThrowIfNull(answer);
        ArgumentNullException.ThrowIfNull(known);
        if ((int)answer.StatusCode == known.Status)
        {
            var alone = AnswerReading.Of(answer, arrived);
            var differs = (alone.ETag is { } tag && tag != known.ETag) || (alone.LastModified is { } modified && modified != known.LastModified)
                || (alone.Length is { } length && length != known.Body.Length);
            var reading = AnswerReading.Of(answer, arrived, known);
            if (differs || reading.Vary is null || Sharing.Judge(reading, flight.Plan, delay) is not { } fresh)
            {
                flight.Plan.Cache.Drop(flight.Key);
            }
            else
            {
                Share(passage, flight, reading, known.Body, fresh, requestedAt, now);
            }
        }

        flight.Land(null);
    }

    /// <summary>Notes that the key's answers can't be shared, and lets the others go their own ways.</summary>
    public static void Refuse(Flight flight, long now)
    {
        ArgumentNullException.ThrowIfNull(flight);
        var note = Note(now, flight.Plan.TicksPerSecond);
        flight.Plan.Cache.Keep(flight.Key, note);
        flight.Land(note);
    }

    // Everything that was sent is part of the key, whether this answer names it or not: what a header has changed in it goes to nobody else.
    private static (IReadOnlyList<string> Names, bool Grown) Names(Flight flight, IReadOnlyList<string> vary)
    {
        if (vary.All(name => flight.Names.Contains(name) || InKey(flight.Plan, name)))
        {
            return (flight.Names, false);
        }

        return ([.. flight.Names.Concat(vary.Where(name => !InKey(flight.Plan, name))).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)], true);
    }

    private static bool InKey(CoalescePlan plan, string name) => (plan.CookieNames.Length > 0 && name == "cookie") || Array.Exists(plan.HeaderNames, key => key.Equals(name, StringComparison.OrdinalIgnoreCase));
}
