namespace SandGlass.Hosting;

/// <summary>How one gateway is set up; the policy is not part of it, only where it is.</summary>
public sealed record GatewayOptions
{
    /// <summary>The policy's file.</summary>
    public required string PolicyFile { get; init; }

    /// <summary>Where to listen for the site's traffic.</summary>
    public IReadOnlyList<string> Listen { get; init; } = ["http://127.0.0.1:8080"];

    /// <summary>Where to listen for operators.</summary>
    public string Admin { get; init; } = "http://127.0.0.1:9901";

    /// <summary>What must outlive the process.</summary>
    public string StateDirectory { get; init; } = "./state";

    /// <summary>The token that may change things; needed where the admin address is not loopback.</summary>
    public string? AdminToken { get; init; }

    /// <summary>The token that may read only.</summary>
    public string? ViewerToken { get; init; }

    /// <summary>Redis of the fleet; goes before the policy's. A secret, so no page shows it.</summary>
    public string? Redis { get; init; }

    /// <summary>
    /// Where last good answers are shared with others; null: in the fleet's Redis, or where there is no fleet, nowhere. Values begin with the moment they
    /// were written (Unix milliseconds, big-endian).
    /// </summary>
    public Microsoft.Extensions.Caching.Distributed.IDistributedCache? SharedAnswers { get; init; }

    /// <summary>How the gateway itself is; null: as the machine says. Tests put their own here.</summary>
    public Guarding.IGuardReadings? Readings { get; init; }

    /// <summary>Where an access log to "stdout" goes; null: to standard output.</summary>
    public Stream? AccessOutput { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Seeds the dice; null: by the operating system.</summary>
    public int? Seed { get; init; }

    /// <summary>The least serious log lines to print.</summary>
    public LogLevel LogLevel { get; init; } = Logs.Level(Environment.GetEnvironmentVariable);
}
