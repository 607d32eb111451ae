using SandGlass.Policy;

namespace SandGlass.Layers.Coalesce;

/// <summary>Which of a route's keys are asked for most: seen in the console, `GET /api/hotkeys` and `sandglass_hot_keys`; nobody is refused.</summary>
public sealed record HotKeyPolicy
{
    /// <summary>
    /// What is counted: "path", "path:x", "query:x", "header:X", "cookie:x", "client", "route", "chain". Needed. Name what is the thing that
    /// sells, like "path:sku". Headers, cookies and clients are shown as a hash.
    /// </summary>
    [Needed, OneOrMany, NotEmpty]
    public IReadOnlyList<string> Key { get; init; } = [];

    /// <summary>Requests a second from which on a key is hot, 1..1,000,000. Default 50. It cools at half of that.</summary>
    [Within(1, 1_000_000)]
    public double PromoteAt { get; init; } = 50;

    /// <summary>Fraction 0..1 of the route's requests that it must have as well. Default 0.001. It cools at half of that.</summary>
    [Within(0, 1)]
    public double Share { get; init; } = 0.001;
}
