namespace SandGlass.Policy;

/// <summary>The state that gateways share. Left out for one gateway.</summary>
public sealed record FleetPolicy
{
    /// <summary>The Redis connection: "env:NAME", "file:PATH", or a connection string without a password: "host:6379,ssl=true". Needed. `run --redis` goes before it.</summary>
    [Needed]
    public string Redis { get; init; } = "";

    /// <summary>The fleet's name: gateways of one name share their state. Default "sandglass".</summary>
    public string Name { get; init; } = "sandglass";
}
