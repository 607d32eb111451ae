namespace SandGlass.DemoShop;

/// <summary>What a healthy backend can do: believable numbers for a small service, so that overload looks like overload.</summary>
internal sealed record BackendProfile(string Name, int Port, int Workers, double ServiceTimeMs, int Queue)
{
    /// <summary>In the order in which they are shown to people.</summary>
    public static IReadOnlyList<BackendProfile> All { get; } =
    [
        new("marketing", 7001, Workers: 64, ServiceTimeMs: 5, Queue: 256),
        new("marketing-b", 7011, Workers: 64, ServiceTimeMs: 5, Queue: 256),
        new("transaction", 7002, Workers: 32, ServiceTimeMs: 10, Queue: 128),
        new("transaction-dr", 7012, Workers: 32, ServiceTimeMs: 10, Queue: 128),
        new("fulfillment", 7003, Workers: 16, ServiceTimeMs: 8, Queue: 64),
        new("after-sale", 7004, Workers: 16, ServiceTimeMs: 12, Queue: 64),
    ];

    /// <summary>A copy of the whole shop.</summary>
    public static BackendProfile Replica(string name, int index) => new(name, Port: 0, Workers: 64, ServiceTimeMs: 5, Queue: 256) { SeedOffset = index };

    /// <summary>So that two backends do not draw alike; their port, where it is always the same.</summary>
    public int SeedOffset { get; private init; } = Port;

    /// <summary>No fault dialled in.</summary>
    public Faults Healthy => new() { Workers = Workers, ServiceTimeMs = ServiceTimeMs, Queue = Queue };
}
