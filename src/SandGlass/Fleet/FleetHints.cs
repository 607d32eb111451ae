using System.Globalization;
using SandGlass.Algorithms.Concurrency;
using SandGlass.Algorithms.HotKeys;

namespace SandGlass.Fleet;

/// <summary>
/// How hints go through Redis: records of five whole numbers, the first of which says who is meant. A backend has two (limit in hundredths, R and stretch in thousandths, whether it is
/// reached; then its last window: round trips, R and requests in work in thousandths, and whether the limit was never reached), each of its routes one (microseconds of a round trip when nothing queues, and how many that
/// rests on), a hot key one (its hash, requests a second in hundredths, a thousandth's share, whether it is hot). One text a gateway, heard by all
/// others once a second in the call that carries the heartbeat. Who does not know a number passes over its five.
/// </summary>
internal static class FleetHints
{
    private const int Words = 5;

    // Of all routes together: 20 KB a gateway and second at the very most.
    private const int MostHot = 256;

    // Likewise, 5 KB, but some of each backend: those that are asked most.
    private const int MostBases = 128, LeastBases = 4;

    /// <summary>What this gateway tells.</summary>
    public static string Say(FleetPlan plan, int members, long now) => string.Join(
        ' ', plan.Gates.SelectMany(gate => Of(gate, now)).Concat(plan.Gates.SelectMany(gate => gate.Bases(Math.Max(LeastBases, MostBases / plan.Gates.Count))).Select(static b => Record(b.Id, b.Base.Seconds * 1e6, b.Base.Known, 0, 0)))
            .Concat(plan.HotKeys.SelectMany(keys => keys.Say(members, now).Select(key => string.Create(
                CultureInfo.InvariantCulture, $"{keys.Id} {HotElsewhere.Told(key.Key)} {(long)(key.PerSecond * 100)} {(long)(key.Share * 1000)} {(key.IsHot ? 1 : 0)}"))).Take(MostHot)));

    /// <summary>Hands on what the others told. Whom nobody speaks of hears nothing, and what it heard before expires.</summary>
    /// <param name="plan">This gateway's backends, and routes with hot keys.</param>
    /// <param name="told">All that was told; what does not make whole hints is left out.</param>
    /// <param name="now">Monotonic ticks.</param>
    /// <param name="advises">Whether limits are advised: their steps are made for one in a second, and news of hot keys come more often.</param>
    public static void Hear(FleetPlan plan, ReadOnlySpan<long> told, long now, bool advises = true)
    {
        var all = new List<(long Id, long[] Said)>();
        for (; told.Length >= Words; told = told[Words..])
        {
            all.Add((told[0], told[1..Words].ToArray()));
        }

        var by = all.ToLookup(static one => one.Id, static one => one.Said);
        foreach (var gate in plan.Gates)
        {
            gate.Hear(id => by[id].Select(static s => new LearntBase(s[0] / 1e6, (int)Math.Clamp(s[1], 0, int.MaxValue))));
            if (advises && by.Contains(gate.Id))
            {
                gate.Hear(HintsOf(gate, all), now);
            }
        }

        foreach (var keys in plan.HotKeys)
        {
            // Nothing is news too: what has cooled elsewhere is not hot here any more.
            keys.Hear(by[keys.Id].Select(static s => ((ulong)s[0], s[1] / 100.0, s[3] != 0)), now);
        }
    }

    private static IEnumerable<string> Of(FleetGate gate, long now)
    {
        var hint = gate.HintAt(now);
        yield return Record(gate.Id, hint.Limit * 100, hint.Ratio * 1000, hint.Stretch * 1000, hint.IsReached ? 1 : 0);
        if (hint.Work > 0 || (hint.IsGuess && hint.Limit > 0))
        {
            yield return Record(gate.WindowId, hint.Heard, hint.Measured * 1000, hint.Work * 1000, hint.IsGuess ? 1 : 0);
        }
    }

    private static string Record(long id, double first, double second, double third, double fourth) =>
        string.Create(CultureInfo.InvariantCulture, $"{id} {(long)first} {(long)second} {(long)third} {(long)fourth}");

    // A window is told after the limit whose it is; one gateway's text follows another's.
    private static List<LimitHint> HintsOf(FleetGate gate, List<(long Id, long[] Said)> all)
    {
        var hints = new List<LimitHint>();
        var before = 0L;
        foreach (var (id, said) in all)
        {
            if (id == gate.Id)
            {
                hints.Add(new(said[0] / 100.0, said[1] / 1000.0, said[2] / 1000.0, said[3] != 0));
            }
            else if (id == gate.WindowId && before == gate.Id)
            {
                hints[^1] = hints[^1] with { Heard = said[0], Measured = said[1] / 1000.0, Work = said[2] / 1000.0, IsGuess = said[3] != 0 };
            }

            before = id;
        }

        return hints;
    }
}
