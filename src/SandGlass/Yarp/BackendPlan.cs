using SandGlass.Algorithms.Balancing;
using SandGlass.Algorithms.Counting;
using SandGlass.Layers.Shed;
using SandGlass.Policy;
using SandGlass.Request;

namespace SandGlass.Yarp;

/// <summary>A backend as the machine runs it: where its destinations are, and how one is chosen. Immutable.</summary>
public sealed class BackendPlan
{
    private readonly DestinationPlan[] _destinations;
    private readonly LoadBalancingKind _how;
    private readonly BackendState _state;

    /// <summary>A backend.</summary>
    public BackendPlan(string name, LoadBalancingKind how, IEnumerable<DestinationPlan> destinations, TimeSpan idleTimeout, BackendState state)
    {
        Name = name;
        IdleTimeout = idleTimeout;
        _destinations = [.. destinations];
        _how = how;
        _state = state;
    }

    /// <summary>Its name in the policy.</summary>
    public string Name { get; }

    /// <summary>What it is given at once, and who waits for it.</summary>
    public required BackendGate Gate { get; init; }

    /// <summary>How long a stream (server-sent events, WebSocket) may be silent.</summary>
    public TimeSpan IdleTimeout { get; }

    /// <summary>Where it is.</summary>
    public IReadOnlyList<DestinationPlan> Destinations => _destinations;

    /// <summary>One destination for a request.</summary>
    public DestinationPlan Pick(Passage passage)
    {
        ArgumentNullException.ThrowIfNull(passage);
        if (_destinations.Length == 1)
        {
            return _destinations[0];
        }

        Span<int> inFlight = stackalloc int[Math.Min(_destinations.Length, 64)];
        for (var i = 0; i < inFlight.Length; i++)
        {
            inFlight[i] = _destinations[i].State.InFlight;
        }

        var index = _how switch
        {
            LoadBalancingKind.PowerOfTwo => LoadBalancing.PowerOfTwo(inFlight, passage.Roll()),
            LoadBalancingKind.LeastRequests => LoadBalancing.LeastRequests(inFlight, _state.NextTurn()),
            LoadBalancingKind.RoundRobin => LoadBalancing.RoundRobin(_destinations.Length, _state.NextTurn()),
            LoadBalancingKind.Random => LoadBalancing.Random(_destinations.Length, passage.Roll()),
            _ => LoadBalancing.First(_destinations.Length),
        };
        return _destinations[index];
    }
}

/// <summary>One address of a backend.</summary>
/// <param name="Name">Its name in the policy.</param>
/// <param name="Prefix">Scheme, host, port and base path, without a slash at the end.</param>
/// <param name="Http2">Whether it speaks HTTP/2 without TLS (<c>h2c://</c>).</param>
/// <param name="State">What has happened there.</param>
public sealed record DestinationPlan(string Name, string Prefix, bool Http2, DestinationState State);

/// <summary>What has happened at a backend; lives as long as the process.</summary>
public sealed class BackendState
{
    private long _turn;

    /// <summary>The next turn of round robin.</summary>
    public long NextTurn() => Interlocked.Increment(ref _turn);
}

/// <summary>What has happened at a destination; lives as long as the process.</summary>
/// <param name="backend">Label.</param>
/// <param name="name">Label.</param>
public sealed class DestinationState(string backend, string name)
{
    private int _inFlight;

    /// <summary>The backend's name.</summary>
    public string Backend { get; } = backend;

    /// <summary>The destination's name.</summary>
    public string Name { get; } = name;

    /// <summary>Requests under way there.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Answered with less than 500.</summary>
    public StripedCounter Successes { get; } = new();

    /// <summary>Answered with 500 and above, not at all, or cut off.</summary>
    public StripedCounter Failures { get; } = new();

    /// <summary>Given up because the client left or sent nonsense.</summary>
    public StripedCounter Ignored { get; } = new();

    /// <summary>A request goes there.</summary>
    public void Enter() => Interlocked.Increment(ref _inFlight);

    /// <summary>A request came back.</summary>
    public void Leave(Algorithms.Outcome outcome)
    {
        Interlocked.Decrement(ref _inFlight);
        (outcome switch
        {
            Algorithms.Outcome.Success => Successes,
            Algorithms.Outcome.Failure => Failures,
            _ => Ignored,
        }).Add();
    }
}
