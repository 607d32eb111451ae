namespace SandGlass.DemoShop;

/// <summary>Where the shop listens and from which seed it is made. The same seed gives the same shop.</summary>
public sealed record ShopOptions
{
    /// <summary>Port per backend name; a backend that is not named takes its default, 0 takes any free port.</summary>
    public IReadOnlyDictionary<string, int> Ports { get; init; } = DefaultPorts;

    /// <summary>Instead of the six: so many copies of the whole shop, each by its name on a free port. Empty: the six.</summary>
    public IReadOnlyList<string> Replicas { get; init; } = [];

    /// <summary>Seeds the catalogue, the service times and the fault dice.</summary>
    public int Seed { get; init; } = 11;

    /// <summary>The ports of the example policy.</summary>
    public static IReadOnlyDictionary<string, int> DefaultPorts { get; } =
        BackendProfile.All.ToDictionary(profile => profile.Name, profile => profile.Port);

    /// <summary>Every backend on a free port: what tests want.</summary>
    public static ShopOptions AnyPort { get; } = new() { Ports = BackendProfile.All.ToDictionary(profile => profile.Name, _ => 0) };
}
