namespace SandGlass.DemoShop;

/// <summary>
/// How one backend behaves just now. Change it with <see cref="ShopBackend.SetFaultsAsync"/> or <c>PUT /_shop/faults</c>;
/// what each field means, its bounds and its JSON name stand in <see cref="FaultTable"/>.
/// </summary>
public sealed record Faults
{
    internal Faults()
    {
    }

    public int Workers { get; init; }
    public double ServiceTimeMs { get; init; }
    public int Queue { get; init; }
    public double LatencyMs { get; init; }
    public double ErrorRatio { get; init; }
    public double HangRatio { get; init; }
    public double ResetRatio { get; init; }
    public double SlowDripMs { get; init; }
    public double SlowdownPerRequest { get; init; }
    public double LatencyPerInFlight { get; init; }
    public double WorkPerKilobyte { get; init; }
    public double WorkPerItem { get; init; }
    public double PauseEveryMs { get; init; }
    public double PauseForMs { get; init; }
    public bool BadContentLength { get; init; }
    public Malformation Malformed { get; init; }
    public int RedisPort { get; init; }
    public bool Down { get; init; }
}

/// <summary>Answers that break HTTP itself.</summary>
public enum Malformation
{
    None,

    /// <summary>Declares fewer bytes than it sends.</summary>
    ShortLength,

    /// <summary>A chunk whose size is not a number.</summary>
    BadChunks,

    /// <summary>Ten thousand 103s, then the true answer.</summary>
    InterimFlood,

    /// <summary>A megabyte of headers.</summary>
    HeaderBomb,

    /// <summary>Chunks until the client leaves.</summary>
    EndlessBody,
}
