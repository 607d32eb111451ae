using SandGlass.Algorithms.HotKeys;
using SandGlass.Algorithms.Rates;

namespace SandGlass.Layers.Coalesce;

/// <summary>What a route's keys were asked for; lives as long as the process. Counted anew when the policy counts by another key.</summary>
/// <param name="key">What is counted, as the policy writes it.</param>
public sealed class HotKeyState(string key)
{
    private RateTable<GcraPlan, long, Gcra>? _buckets;

    /// <summary>How many are kept by name: the hundred that are shown, and some that are about to be among them.</summary>
    public const int Top = 128;

    /// <summary>What is counted.</summary>
    public string Key { get; } = key;

    /// <summary>The counts.</summary>
    public HotKeySketch Sketch { get; } = new(Top);

    /// <summary>What was hot today.</summary>
    public HotDay Day { get; } = new();

    /// <summary>What other gateways say.</summary>
    public HotElsewhere Elsewhere { get; } = new();

    /// <summary>The buckets of the hot keys' own limits; as many as can be hot, several times over.</summary>
    public RateTable<GcraPlan, long, Gcra> Buckets => LazyInitializer.EnsureInitialized(ref _buckets, static () => new(8 * Top))!;
}
