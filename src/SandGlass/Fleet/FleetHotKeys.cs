using System.Text;
using SandGlass.Algorithms.HotKeys;
using SandGlass.Algorithms.Keys;

namespace SandGlass.Fleet;

/// <summary>A route whose hot keys the gateways of a fleet tell each other: hashes by the fleet's key, never what was asked for.</summary>
/// <param name="route">The route's name, which means the same to all of them.</param>
/// <param name="key">What is counted.</param>
/// <param name="plan">When a key is hot.</param>
/// <param name="sketch">This gateway's counts.</param>
/// <param name="elsewhere">What the others say.</param>
public sealed class FleetHotKeys(string route, string key, HotKeyPlan plan, HotKeySketch sketch, HotElsewhere elsewhere)
{
    /// <summary>How many are told of a route. Two hundred bytes a second would be eight; a great sale has a few dozens.</summary>
    public const int Most = 32;

    /// <summary>For how long others believe it, seconds: as long as a gateway is a member after its last word.</summary>
    private const int BelievedFor = 3;

    private int _told;

    /// <summary>Who is meant, in a number that Redis' scripts carry without loss (52 bits).</summary>
    public long Id { get; } = (long)(SipHash.Hash(new(0x686F74, 0x6B657973), Encoding.UTF8.GetBytes(route + "\0" + key)) >> 12);

    /// <summary>Whether a key has become hot since it was last told.</summary>
    public bool HasNews => sketch.Promotions != Volatile.Read(ref _told);

    /// <summary>What is hot here, and what would be if others ask as much.</summary>
    public IEnumerable<HotKey> Say(int members, long now)
    {
        Volatile.Write(ref _told, sketch.Promotions);
        var least = plan.PromoteAt / Math.Max(1, members);
        return sketch.Top(plan, now).Where(k => k.IsHot || (members > 1 && k.PerSecond >= least)).Take(Most);
    }

    /// <summary>Takes what the others told: a key is hot that is so with one of them, or with all of them together.</summary>
    public void Hear(IEnumerable<(ulong Key, double PerSecond, bool IsHot)> others, long now)
    {
        ArgumentNullException.ThrowIfNull(others);
        elsewhere.Hear(
            others.GroupBy(static o => o.Key).Where(g => g.Any(static o => o.IsHot) || g.Sum(static o => o.PerSecond) >= plan.PromoteAt).Select(static g => g.Key),
            now + (BelievedFor * plan.TicksPerSecond));
    }
}
