using System.Collections.Concurrent;
using SandGlass.Algorithms.Breaking;
using SandGlass.Algorithms.Counting;
using SandGlass.Fleet;
using SandGlass.Guarding;
using SandGlass.Layers.Coalesce;
using SandGlass.Layers.Fallback;
using SandGlass.Layers.RateLimit;
using SandGlass.Layers.Shed;
using SandGlass.Layers.Switch;
using SandGlass.Layers.Trust;
using SandGlass.Telemetry;
using SandGlass.Yarp;

namespace SandGlass.Policy;

/// <summary>
/// What has happened, by the names of the policy: buckets, breakers, gates, answers, switches, counters. It outlives every snapshot, and a
/// snapshot's plans point into it; so a reload keeps what the layers know without moving anything. Names that no policy has any more are
/// forgotten at the next reload, but for the counters and the switches: a switch that comes back is as it was left.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="defects">Where our own faults go.</param>
/// <param name="node">This process among those of its fleet; 0: drawn.</param>
public sealed class GatewayState(TimeProvider time, Defects defects, ulong node = 0) : IDisposable
{
    private readonly ConcurrentDictionary<string, RateLimitState> _rateLimits = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, CircuitBreaker> _breakers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ShedState> _gates = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, SwitchState> _switches = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, BackendState> _backends = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Backend, string Destination), DestinationState> _destinations = new();
    private readonly ConcurrentDictionary<string, AttemptState> _attempts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, CoalesceCounts> _coalesce = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, HotKeyState> _hotKeys = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Layer, string Rule), StripedCounter> _shadows = new();
    private readonly ConcurrentDictionary<string, int> _slots = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, FallbackState> _fallbacks = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, LastGoodState> _lastGoods = new(StringComparer.Ordinal);
    private LastGoodStore? _lastGood;
    private int _lastSlot = -1;
    private MicroCache? _cache;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; } = time;

    /// <summary>Our own faults.</summary>
    public Defects Defects { get; } = defects;

    /// <summary>The fleet, as far as it is known here.</summary>
    public FleetState Fleet { get; } = new(node);

    /// <summary>How the gateway itself is.</summary>
    public GuardState Guard { get; } = new();

    /// <summary>Every request.</summary>
    public Ledger Ledger { get; } = new(time.TimestampFrequency);

    /// <summary>Who was told to come back, and when they did.</summary>
    public ReturnBook Returns { get; } = new(time.TimestampFrequency);

    /// <summary>Signs sessions where the policy names no secret.</summary>
    public SessionSeal Seal { get; } = new(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));

    /// <summary>Dropped headers.</summary>
    public SpoofedHeaders Spoofed { get; } = new();

    /// <summary>The micro-cache; null before the first policy.</summary>
    public MicroCache? Cache => _cache;

    /// <summary>The last good answers; null before the first policy.</summary>
    public LastGoodStore? LastGood => _lastGood;

    /// <summary>What is known of the last good answers, by route.</summary>
    public IReadOnlyDictionary<string, LastGoodState> LastGoods => _lastGoods;

    /// <summary>All rate limits.</summary>
    public IReadOnlyDictionary<string, RateLimitState> RateLimits => _rateLimits;

    /// <summary>All breakers, by route.</summary>
    public IReadOnlyDictionary<string, CircuitBreaker> Breakers => _breakers;

    /// <summary>All gates, by backend.</summary>
    public IReadOnlyDictionary<string, ShedState> Gates => _gates;

    /// <summary>All destinations.</summary>
    public IEnumerable<DestinationState> Destinations => _destinations.Values;

    /// <summary>Attempts after the first, by route.</summary>
    public IReadOnlyDictionary<string, AttemptState> AttemptsByRoute => _attempts;

    /// <summary>Coalescing, by route.</summary>
    public IReadOnlyDictionary<string, CoalesceCounts> Coalescing => _coalesce;

    /// <summary>What rules in shadow would have done.</summary>
    public IEnumerable<(string Layer, string Rule, long Total)> Shadows => _shadows.Select(static s => (s.Key.Layer, s.Key.Rule, s.Value.Sum()));

    /// <summary>The cache; emptied when its bound changes.</summary>
    public MicroCache CacheOf(long maxBytes) => _cache is { } cache && cache.MaxBytes == maxBytes ? cache : _cache = new(maxBytes, new(Drawn(), Drawn()));

    /// <summary>The last good answers. A new bound takes over what fits into it.</summary>
    public LastGoodStore LastGoodOf(long maxBytes)
    {
        if (_lastGood is { } store && store.MaxBytes == maxBytes)
        {
            return store;
        }

        return _lastGood = LastGoodStore.Resized(_lastGood, maxBytes);
    }

    /// <summary>What is known of a route's last good answers.</summary>
    public LastGoodState LastGoodAt(string route) => _lastGoods.GetOrAdd(route, static r => new(r));

    /// <summary>What has happened to a fallback.</summary>
    public FallbackState Fallback(string name) => _fallbacks.GetOrAdd(name, static _ => new());

    /// <summary>What the keys of a limit have done; emptied when its bound or its algorithm changes.</summary>
    public RateLimitState RateLimit(string name, RateAlgorithm algorithm, int maxKeys) => _rateLimits.AddOrUpdate(
        name,
        static (_, wanted) => new(wanted.algorithm, wanted.maxKeys),
        static (_, state, wanted) => (state.Algorithm, state.MaxKeys) == wanted ? state : new(wanted.algorithm, wanted.maxKeys),
        (algorithm, maxKeys));

    /// <summary>The breaker of a route.</summary>
    public CircuitBreaker Breaker(string route) => _breakers.GetOrAdd(route, static _ => new());

    /// <summary>The gate of a backend.</summary>
    public ShedState Gate(string backend) => _gates.GetOrAdd(backend, static (_, clock) => new(clock), Time);

    /// <summary>A route's slot in the limits: dense, and the same as long as the process lives.</summary>
    public int RouteSlot(string route) => _slots.GetOrAdd(route, _ => Interlocked.Increment(ref _lastSlot));

    /// <summary>The position of a switch.</summary>
    public SwitchState Switch(string id) => _switches.GetOrAdd(id, static i => new(i));

    /// <summary>What has happened at a backend.</summary>
    public BackendState Backend(string name) => _backends.GetOrAdd(name, static _ => new());

    /// <summary>What has happened at a destination.</summary>
    public DestinationState Destination(string backend, string name) =>
        _destinations.GetOrAdd((backend, name), static key => new(key.Backend, key.Destination));

    /// <summary>A route's attempts after the first, and their budget.</summary>
    public AttemptState Attempts(string route) => _attempts.GetOrAdd(route, static _ => new());

    /// <summary>The counters of a route's coalescing.</summary>
    public CoalesceCounts Coalesce(string route) => _coalesce.GetOrAdd(route, static _ => new());

    /// <summary>What the keys of a route were asked for; begun anew when the policy counts by another key.</summary>
    public HotKeyState HotKeys(string route, string key) => _hotKeys.AddOrUpdate(
        route, static (_, wanted) => new(wanted), static (_, known, wanted) => known.Key == wanted ? known : new(wanted), key);

    /// <summary>The shadow counter of a rule.</summary>
    public StripedCounter Shadow(string layer, string rule) => _shadows.GetOrAdd((layer, rule), static _ => new());

    /// <summary>Forgets what no policy names any more. Requests under way keep what they hold.</summary>
    public void Forget(GatewayPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        Keep(_rateLimits, policy.RateLimits.ContainsKey);
        Keep(_hotKeys, route => policy.Routes.TryGetValue(route, out var written) && written.HotKeys is not null);
        Keep(_breakers, policy.Routes.ContainsKey);
        Keep(_fallbacks, policy.Fallbacks.ContainsKey);
        Keep(_lastGoods, policy.Routes.ContainsKey);
        Keep(_gates, policy.Backends.ContainsKey);
        Keep(_backends, policy.Backends.ContainsKey);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var gate in _gates.Values)
        {
            gate.Dispose();
        }
    }

    private static ulong Drawn() => BitConverter.ToUInt64(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8));

    private static void Keep<T>(ConcurrentDictionary<string, T> all, Func<string, bool> isNamed)
    {
        foreach (var name in all.Keys)
        {
            if (!isNamed(name))
            {
                all.TryRemove(name, out _);
            }
        }
    }
}
