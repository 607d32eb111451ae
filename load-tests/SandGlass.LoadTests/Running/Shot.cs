using SandGlass.LoadTests.Planning;

namespace SandGlass.LoadTests.Running;

/// <summary>One user's way through a scenario's steps.</summary>
internal sealed class Journey
{
    public required int Scenario { get; init; }

    public required Scenario Plan { get; init; }

    /// <summary>By the scenario's value indexes: of feeds, and what steps have saved.</summary>
    public required string?[] Values { get; init; }

    /// <summary>Index among the users of the closed model; -1 in the open one.</summary>
    public int User { get; init; } = -1;

    /// <summary>Began in the warm-up: not measured, wherever it ends.</summary>
    public bool WarmUp { get; init; }

    /// <summary>In a replay: what to ask for instead of the step's own.</summary>
    public Replayed? Replayed { get; init; }

    public Dice Dice { get; set; }

    public int Step { get; set; }

    /// <summary>Of this step: 0, and one more each time the client asks again.</summary>
    public int Attempt { get; set; }

    /// <summary>The clock's ticks of the moment that this step's first attempt was planned for.</summary>
    public long First { get; set; }
}

/// <summary>A recorded request: its method, target and headers as they are sent.</summary>
internal sealed record Replayed(HttpMethod Method, string Target, IReadOnlyList<(string Name, string Value)> Headers, string? Body);

/// <summary>One request: planned for a moment, sent at another, ended at a third.</summary>
internal sealed class Shot : IDisposable
{
    public required Journey Journey { get; init; }

    /// <summary>The clock's ticks of the moment that it was planned for.</summary>
    public required long Planned { get; init; }

    /// <summary>The clock's ticks of the moment that it was sent.</summary>
    public required long Sent { get; init; }

    /// <summary>Cancelled by the engine when its time is over; no timer of its own.</summary>
    public CancellationTokenSource Patience { get; } = new();

    /// <summary>We left before its answer: it is nobody's, and not counted.</summary>
    public bool Left { get; set; }

    public Step Step => Journey.Plan.Steps[Journey.Step];

    public void Dispose() => Patience.Dispose();
}

/// <summary>What carries requests: HTTP, or what tests put in its place.</summary>
internal interface ITransport
{
    /// <summary>Never throws. Saves what the step saves into the journey's values.</summary>
    ValueTask<Measuring.Answer> SendAsync(Shot shot);
}
