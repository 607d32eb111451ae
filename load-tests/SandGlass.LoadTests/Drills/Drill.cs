using SandGlass.LoadTests.Planning;

namespace SandGlass.LoadTests.Drills;

/// <summary>One scripted fault: who comes, what breaks when, and what must hold all the same. What each key means stands in docs/drills.md.</summary>
internal sealed record Drill
{
    /// <summary>The chain that must hold whatever happens.</summary>
    public const string Critical = "transaction";

    /// <summary>No chain of the shop: goodput of these clients is nobody's.</summary>
    public const string Hostile = "hostile";

    /// <summary>How long a client waits for all of it: what is good later is good for nobody.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>File name without its ending.</summary>
    public required string Name { get; init; }

    public required string Title { get; init; }

    /// <summary>Which of the nine sources of failure it rehearses.</summary>
    public required string Source { get; init; }

    public required string Story { get; init; }

    /// <summary>What to do about it in production.</summary>
    public required string Lesson { get; init; }

    /// <summary>Faults of every replica in health, as JSON: workers, service time.</summary>
    public required string Shop { get; init; }

    /// <summary>Replicas that ask Redis on every request.</summary>
    public required IReadOnlyList<string> Sessions { get; init; }

    /// <summary>Of chains, from the shoppers, with this drill's rates.</summary>
    public required IReadOnlyList<Scenario> Load { get; init; }

    /// <summary>Seconds from the begin.</summary>
    public required Span Fault { get; init; }

    /// <summary>In which goodput and p99 are taken; the fault's own span where nothing else is said.</summary>
    public required Span Judged { get; init; }

    public required IReadOnlyList<DrillEvent> Timeline { get; init; }

    public required Goals Goals { get; init; }

    /// <summary>Needs a redis-server.</summary>
    public bool Redis => Sessions.Count > 0 || Timeline.Any(static e => e.Redis is not null);
}

/// <summary>A part of the drill.</summary>
internal readonly record struct Span(double From, double To);

/// <summary>Something that happens.</summary>
/// <param name="At">Seconds from the begin.</param>
/// <param name="Say">In words.</param>
/// <param name="Replica">a, b, dr or all; null where nothing is dialled.</param>
/// <param name="Faults">JSON beside what is said of the shop in health.</param>
/// <param name="Redis">stop, go, or null.</param>
internal sealed record DrillEvent(double At, string Say, string? Replica, string? Faults, string? Redis);

/// <summary>What must hold.</summary>
/// <param name="CriticalGoodput">Fraction of what the critical chain's clients asked for that was answered well and in time.</param>
/// <param name="P99">Milliseconds, of the critical chain's good answers, from the plan.</param>
/// <param name="Protect">Seconds from the fault until the critical chain holds.</param>
/// <param name="Recover">Seconds from its end until all chains hold.</param>
internal sealed record Goals(double CriticalGoodput, double P99, double Protect, double Recover);
