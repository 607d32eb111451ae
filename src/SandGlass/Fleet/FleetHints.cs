using System.Globalization;
using SandGlass.Algorithms.Concurrency;
using SandGlass.Algorithms.HotKeys;

namespace SandGlass.Fleet;

/// <summary>
/// How hints go through Redis: five whole numbers a backend (who is meant, limit in hundredths, R and stretch in thousandths, whether it is reached)
/// and a hot key (which route, its hash, requests a second in hundredths, a thousandth's share, whether it is hot), one text a gateway, heard by all
/// others once a second in the call that carries the heartbeat. Who does not know a number passes over its five.
/// </summary>
internal static class FleetHints
{
    private const int Words = 5;

    // Of all routes together: 20 KB a gateway and second at the very most.
    private const int MostHot = 256;

    /// <summary>What this gateway tells.</summary>
    public static string Say(FleetPlan plan, int members, long now) => string.Join(' ', plan.Gates.Select(static gate =>
    {
        var hint = gate.Hint;
        return string.Create(CultureInfo.InvariantCulture, $"{gate.Id} {(long)(hint.Limit * 100)} {(long)(hint.Ratio * 1000)} {(long)(hint.Stretch * 1000)} {(hint.IsReached ? 1 : 0)}");
    }).Concat(plan.HotKeys.SelectMany(keys => keys.Say(members, now).Select(key => string.Create(
        CultureInfo.InvariantCulture, $"{keys.Id} {HotElsewhere.Told(key.Key)} {(long)(key.PerSecond * 100)} {(long)(key.Share * 1000)} {(key.IsHot ? 1 : 0)}"))).Take(MostHot)));

    /// <summary>Hands on what the others told. Whom nobody speaks of hears nothing, and what it heard before expires.</summary>
    /// <param name="plan">This gateway's backends, and routes with hot keys.</param>
    /// <param name="told">All that was told; what does not make whole hints is left out.</param>
    /// <param name="now">Monotonic ticks.</param>
    public static void Hear(FleetPlan plan, ReadOnlySpan<long> told, long now)
    {
        var all = new List<(long Id, long[] Said)>();
        for (; told.Length >= Words; told = told[Words..])
        {
            all.Add((told[0], told[1..Words].ToArray()));
        }

        var by = all.ToLookup(static one => one.Id, static one => one.Said);
        foreach (var gate in plan.Gates.Where(gate => by.Contains(gate.Id)))
        {
            gate.Hear(by[gate.Id].Select(static s => new LimitHint(s[0] / 100.0, s[1] / 1000.0, s[2] / 1000.0, s[3] != 0)), now);
        }

        foreach (var keys in plan.HotKeys)
        {
            // Nothing is news too: what has cooled elsewhere is not hot here any more.
            keys.Hear(by[keys.Id].Select(static s => ((ulong)s[0], s[1] / 100.0, s[3] != 0)), now);
        }
    }
}
