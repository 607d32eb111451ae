using SandGlass.Algorithms.Counting;
using SandGlass.Algorithms.Keys;
using SandGlass.Algorithms.Rates;
using SandGlass.Policy;
using SandGlass.Request;

namespace SandGlass.Layers.RateLimit;

/// <summary>One rate limit on one route, compiled. Routes that name the same rule share its state.</summary>
public sealed class RateLimitPlan(Layer layer, string name, Mode mode, StripedCounter shadowed) : Rule(layer, name, mode, shadowed)
{
    /// <summary>How it counts.</summary>
    public required RateMeter Meter { get; init; }

    /// <summary>A stream is under way until it ends.</summary>
    public override bool HoldsToTheEnd => Meter.IsHeld;

    /// <summary>Which of the route's limits it is: its bit in <see cref="Passage.Charged"/>.</summary>
    public required int Ordinal { get; init; }

    /// <summary>Requests that a rested key may send at once, or in one window.</summary>
    public required int Burst { get; init; }

    /// <summary>Seconds in which that much comes back: the <c>w</c> of <c>RateLimit-Policy</c>.</summary>
    public required int WindowSeconds { get; init; }

    /// <summary>What is allowed, in words.</summary>
    public required string Rate { get; init; }

    /// <summary>What is counted apart.</summary>
    public required KeyPlan Key { get; init; }

    /// <summary>Whether a request without the key's parts is let pass uncounted; else all such share one bucket.</summary>
    public required bool SkipsAbsent { get; init; }

    /// <summary>Tokens one request takes.</summary>
    public required int Cost { get; init; }

    /// <summary>Keys the hash where all of a fleet must come to the same number; null: the gateway's own secret does.</summary>
    public SipKey? HashKey { get; init; }

    /// <summary>The buckets; live as long as the process.</summary>
    public required RateLimitState State { get; init; }

    /// <summary>The header texts; made once.</summary>
    public required QuotaHeaders Headers { get; init; }

    /// <summary>The clock's frequency.</summary>
    public required long TicksPerSecond { get; init; }
}

/// <summary>What has happened at one rate limit, by its name.</summary>
/// <param name="algorithm">How it counts; another algorithm begins anew.</param>
/// <param name="maxKeys">Bound of the table, in keys.</param>
public sealed class RateLimitState(RateAlgorithm algorithm, int maxKeys)
{
    /// <summary>What keys have done, bounded: at the bound those with the least debt go first.</summary>
    public IRateTable Table { get; } = RateLimitCompiler.Table(algorithm, maxKeys);

    /// <summary>How it counts.</summary>
    public RateAlgorithm Algorithm { get; } = algorithm;

    /// <summary>The bound.</summary>
    public int MaxKeys { get; } = maxKeys;

    /// <summary>Requests admitted.</summary>
    public StripedCounter Admitted { get; } = new();

    /// <summary>Requests refused, or in shadow: that would have been.</summary>
    public StripedCounter Refused { get; } = new();
}
