using System.Collections.Concurrent;

namespace SandGlass.Fleet;

/// <summary>What this gateway knows of its fleet; outlives every snapshot. Written by the loop, read by requests and pages.</summary>
/// <param name="node">This process among others; 0: drawn.</param>
public sealed class FleetState(ulong node = 0)
{
    private readonly ConcurrentDictionary<string, FleetLimit> _limits = new(StringComparer.Ordinal);
    private volatile int _members = 1;
    private volatile string? _trouble = "not connected yet";
    private long _calls;
    private long _failures;

    /// <summary>What the gateways agree on beside limits.</summary>
    public FleetShare Share { get; } = new(node);

    /// <summary>The connection of the command line; null: the policy's.</summary>
    public RedisAddress? Given { get; set; }

    /// <summary>Gateways of the fleet, this one included; the last number known while Redis is away.</summary>
    public int Members
    {
        get => _members;
        set => _members = Math.Max(1, value);
    }

    /// <summary>Why Redis cannot be used; null: it can.</summary>
    public string? Trouble
    {
        get => _trouble;
        set => _trouble = value;
    }

    /// <summary>Whether Redis answers.</summary>
    public bool IsUp => _trouble is null;

    /// <summary>Calls since the start that were answered, and those that were not.</summary>
    public (long Answered, long Failed) Calls => (Interlocked.Read(ref _calls), Interlocked.Read(ref _failures));

    /// <summary>Counts one call.</summary>
    public void Called(bool answered) => Interlocked.Increment(ref answered ? ref _calls : ref _failures);

    /// <summary>The limit of this name; begun anew when what it counts by changes.</summary>
    public FleetLimit Limit(string name, bool isFew, int maxKeys, string key) =>
        _limits.GetOrAdd($"{name}\0{key}\0{maxKeys}", _ => new(isFew, maxKeys));

    /// <summary>Forgets limits that no policy has any more.</summary>
    public void Keep(IReadOnlyCollection<FleetLimit> named)
    {
        foreach (var (name, limit) in _limits)
        {
            if (!named.Contains(limit))
            {
                _limits.TryRemove(name, out _);
            }
        }
    }
}
