using SandGlass.Algorithms.Balancing;
using SandGlass.Algorithms.Counting;

namespace SandGlass.Yarp;

/// <summary>What has happened at a backend; lives as long as the process.</summary>
public sealed class BackendState
{
    private long _turn;
    private int _troubles;
    private volatile int _troubled;

    /// <summary>Ejects outliers among its destinations.</summary>
    public Ejector Ejector { get; } = new();

    /// <summary>Whether its answers have been failures lately.</summary>
    public RecentFailures Recent { get; } = new();

    /// <summary>Whether a destination may be unhealthy, ejected or on its way back. The one thing that is read while all is well.</summary>
    public bool InTrouble => _troubled != 0;

    /// <summary>The number of the last trouble; 0: none.</summary>
    internal int Troubled => _troubled;

    /// <summary>The next turn of round robin.</summary>
    public long NextTurn() => Interlocked.Increment(ref _turn);

    /// <summary>Something has changed at one of its destinations.</summary>
    internal void Trouble() => _troubled = Interlocked.Add(ref _troubles, 2) | 1;

    /// <summary>All were found well, unless something has changed since <paramref name="seen"/>.</summary>
    internal void Calm(int seen) => Interlocked.CompareExchange(ref _troubled, 0, seen);
}

/// <summary>What has happened at a destination; lives as long as the process.</summary>
/// <param name="backend">Label.</param>
/// <param name="name">Label.</param>
public sealed class DestinationState(string backend, string name)
{
    private int _inFlight;
    private string? _prefix;

    /// <summary>The backend's name.</summary>
    public string Backend { get; } = backend;

    /// <summary>The destination's name.</summary>
    public string Name { get; } = name;

    /// <summary>Whether it fails more often than it should.</summary>
    public OutlierDetector Outliers { get; } = new();

    /// <summary>What probes say.</summary>
    public ProbeVerdicts Probes { get; } = new();

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

    /// <summary>Where the policy says it is. Another address under the same name is another server, of which nothing is known yet.</summary>
    internal void StandsAt(string prefix)
    {
        if (Interlocked.Exchange(ref _prefix, prefix) is { } before && before != prefix)
        {
            Outliers.Forget();
            Probes.Forget();
        }
    }
}
