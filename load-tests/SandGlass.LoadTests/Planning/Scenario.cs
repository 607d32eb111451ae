namespace SandGlass.LoadTests.Planning;

/// <summary>One kind of journey, and how many of them.</summary>
internal sealed record Scenario
{
    public required string Name { get; init; }

    /// <summary>Scheme, host and port.</summary>
    public required Uri Target { get; init; }

    /// <summary>1.1, or 2 with prior knowledge where the scheme is http.</summary>
    public Version Http { get; init; } = System.Net.HttpVersion.Version11;

    public Spacing Spacing { get; init; }

    /// <summary>After which a request is given up and counts as an error.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Load of the same kind before all that is measured.</summary>
    public TimeSpan WarmUp { get; init; }

    public IReadOnlyList<Feed> Feeds { get; init; } = [];

    /// <summary>How many values a journey has: of feeds first, then what steps save.</summary>
    public int Values { get; init; }

    public required IReadOnlyList<Step> Steps { get; init; }

    /// <summary>Already scaled by the scenario's weight.</summary>
    public required IReadOnlyList<Simulation> Simulations { get; init; }

    /// <summary>More failures end the run.</summary>
    public long MaxFailCount { get; init; } = long.MaxValue;

    public bool Closed => Simulations.Any(static s => s.Closed);
}
