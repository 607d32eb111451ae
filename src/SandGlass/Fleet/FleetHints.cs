using System.Globalization;
using SandGlass.Algorithms.Concurrency;

namespace SandGlass.Fleet;

/// <summary>
/// How hints go through Redis: five whole numbers a backend (who is meant, limit in hundredths, R and stretch in thousandths, whether it is reached),
/// one text a gateway, heard by all others once a second in the call that carries the heartbeat.
/// </summary>
internal static class FleetHints
{
    private const int Words = 5;

    /// <summary>What this gateway tells.</summary>
    public static string Say(IReadOnlyList<FleetGate> gates) => string.Join(' ', gates.Select(static gate =>
    {
        var hint = gate.Hint;
        return string.Create(CultureInfo.InvariantCulture, $"{gate.Id} {(long)(hint.Limit * 100)} {(long)(hint.Ratio * 1000)} {(long)(hint.Stretch * 1000)} {(hint.IsReached ? 1 : 0)}");
    }));

    /// <summary>Hands on what the others told. Whom nobody speaks of hears nothing, and what it heard before expires.</summary>
    /// <param name="gates">This gateway's backends.</param>
    /// <param name="told">All that was told; what does not make whole hints is left out.</param>
    /// <param name="now">Monotonic ticks.</param>
    public static void Hear(IReadOnlyList<FleetGate> gates, ReadOnlySpan<long> told, long now)
    {
        var all = new List<(long Id, LimitHint Hint)>();
        for (; told.Length >= Words; told = told[Words..])
        {
            all.Add((told[0], new(told[1] / 100.0, told[2] / 1000.0, told[3] / 1000.0, told[4] != 0)));
        }

        foreach (var others in all.GroupBy(static one => one.Id, static one => one.Hint))
        {
            gates.FirstOrDefault(gate => gate.Id == others.Key)?.Hear(others, now);
        }
    }
}
