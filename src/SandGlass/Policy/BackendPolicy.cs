namespace SandGlass.Policy;

/// <summary>How a destination is picked among those that may be used.</summary>
public enum LoadBalancingKind
{
    /// <summary>The less busy of two drawn at random: near the best, and no herd.</summary>
    PowerOfTwo,

    /// <summary>Each in turn: for destinations that are truly alike.</summary>
    RoundRobin,

    /// <summary>The one with the fewest requests under way: looks at all, so for few destinations.</summary>
    LeastRequests,

    /// <summary>Any.</summary>
    Random,

    /// <summary>The first in the alphabet that may be used: a plain active and stand-by pair.</summary>
    First,
}

/// <summary>A service behind the gateway: where it runs, how it is watched, how much it is asked at once.</summary>
public sealed record BackendPolicy
{
    /// <summary>
    /// Where it runs: a name of the operator's choice to an absolute URL, "http://", "https://" or "h2c://" (HTTP/2 without TLS).
    /// A base path is allowed; user, query and link-local addresses are not. Needed, at least one.
    /// </summary>
    [Needed, NotEmpty, Named]
    public IReadOnlyDictionary<string, string> Destinations { get; init; } = new OrderedDictionary<string, string>();

    /// <summary>
    /// How a destination is picked: "power-of-two" (default), "round-robin", "least-requests", "random", "first".
    /// Change it for a stand-by pair ("first") or for very unequal requests on few destinations ("least-requests").
    /// </summary>
    public LoadBalancingKind LoadBalancing { get; init; } = LoadBalancingKind.PowerOfTwo;

    /// <summary>Active probing of each destination. Default: none, only what requests show is known.</summary>
    public HealthPolicy? Health { get; init; }

    /// <summary>When a destination that fails is left out for a while. Default: never.</summary>
    public EjectionPolicy? Ejection { get; init; }

    /// <summary>The limit on requests under way at once: where it starts and its bounds. The gateway finds it by itself, from round trips.</summary>
    public BackendConcurrencyPolicy Concurrency { get; init; } = new();

    /// <summary>
    /// What the backend is known to bear, all destinations together: "400/s". Default: not stated. Check holds the rate limits against it;
    /// nothing is limited by it, for a measured number is old by the next release.
    /// </summary>
    public Rate? Capacity { get; init; }

    /// <summary>
    /// The backend that takes over when no destination of this one can be used: all unhealthy or ejected. Default: none, then all are asked
    /// rather than none. While this one comes back, its share rises over 5 s.
    /// </summary>
    public string? Failover { get; init; }

    /// <summary>
    /// How long a stream (server-sent events, WebSocket) may be silent before it is cut, "1s".."1h". Default "60s". Set it above the
    /// interval of the stream's own heartbeats.
    /// </summary>
    [Within("1s", "1h")]
    public Duration IdleTimeout { get; init; } = Duration.FromSeconds(60);
}

/// <summary>
/// Active probing of a backend's destinations. Two failures in a row make one unhealthy, two successes healthy again; then its share rises over 5 s.
/// </summary>
public sealed record HealthPolicy
{
    /// <summary>The path that is asked with GET; 2xx is healthy. Begins with "/". Default "/healthz".</summary>
    public string Path { get; init; } = "/healthz";

    /// <summary>Time between two probes, "100ms".."10m". Default "5s". Shorter finds trouble sooner and asks more.</summary>
    [Within("100ms", "10m")]
    public Duration Interval { get; init; } = Duration.FromSeconds(5);

    /// <summary>How long a probe may take, "10ms".."1m", not longer than the interval. Default "1s".</summary>
    [Within("10ms", "1m")]
    public Duration Timeout { get; init; } = Duration.FromSeconds(1);
}

/// <summary>When a destination that fails is left out for a while. When it comes back, its share rises over 5 s.</summary>
public sealed record EjectionPolicy
{
    /// <summary>Fraction above 0 up to 1 of a window's requests that must fail. Default 0.5.</summary>
    [Within(0, 1, AboveLeast = true)]
    public double FailureRatio { get; init; } = 0.5;

    /// <summary>Requests in the window before the ratio means anything, 1..1,000,000. Default 20.</summary>
    [Within(1, 1_000_000)]
    public int MinRequests { get; init; } = 20;

    /// <summary>The window looked at, "1s".."10m". Default "10s".</summary>
    [Within("1s", "10m")]
    public Duration Window { get; init; } = Duration.FromSeconds(10);

    /// <summary>
    /// How long it is left out, "1s".."1h". Default "10s". The second time in a row twice as long, then three times, ten at most.
    /// </summary>
    [Within("1s", "1h")]
    public Duration For { get; init; } = Duration.FromSeconds(10);

    /// <summary>
    /// Fraction 0..1 of the destinations that may be out at once, rounded down: of a single one none, unless it is 1. Default 0.5: too many
    /// out, and the rest falls too. Write 1 where a failover stands by.
    /// </summary>
    [Within(0, 1)]
    public double MaxEjected { get; init; } = 0.5;
}

/// <summary>The limit on requests under way at one backend: where it starts, and its bounds. In between the gateway finds it by itself.</summary>
public sealed record BackendConcurrencyPolicy
{
    /// <summary>
    /// Requests under way allowed at the start, 1..100,000. Default 20. Set it near what the backend is known to bear. Of a fleet each gateway begins
    /// with this by the root of how many they are: sixteen with 5 each.
    /// </summary>
    [Within(1, 100_000)]
    public int Initial { get; init; } = 20;

    /// <summary>The limit never falls below this, 1..100,000. Default 2: enough to learn that the backend is well again.</summary>
    [Within(1, 100_000)]
    public int Min { get; init; } = 2;

    /// <summary>The limit never rises above this, 1..100,000. Default 4096. Set it to what the backend's pool can hold at all.</summary>
    [Within(1, 100_000)]
    public int Max { get; init; } = 4096;

    /// <summary>
    /// The response header in which the backend says how long the request waited there for a worker: milliseconds ("12.5"), or
    /// "Server-Timing" with a metric "queue" ("queue;dur=12.5"). Default: none, then the gateway finds out by listening. Believed before all that round
    /// trips show, so name one only if nothing but the backend itself can write it; what it says is then no guess, and slower work is never taken for a queue.
    /// </summary>
    public string? QueueHeader { get; init; }
}
