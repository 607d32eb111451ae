using System.Collections.Concurrent;
using SandGlass.Algorithms.Rates;

namespace SandGlass.Fleet;

/// <summary>
/// What has happened at one limit that the fleet shares. Where the key is one of few (route, chain) each is leased. Of others there may be a
/// million, most of them small: such a key is counted here alone, unseen by the fleet, while it stays below half its share of the burst and a twentieth of its share of
/// the rate; only what exceeds that is leased. At most <see cref="MostLeases"/> are, and a quarter of the bound, whatever clients send; past that a key has its share of the rate here.
/// </summary>
/// <param name="isFew">Whether the policy alone decides how many keys there are.</param>
/// <param name="maxKeys">Bound of all keys remembered: a quarter at most leased, a quarter that found no room there, the rest small.</param>
public sealed class FleetLimit(bool isFew, int maxKeys)
{
    /// <summary>Keys leased at once.</summary>
    public const int MostLeases = 4096;

    private readonly ConcurrentDictionary<ulong, FleetLease> _leases = new();
    private readonly int _mostLeases = isFew ? MostLeases : LeasesOf(maxKeys);
    private int _count;
    private int _turns = 1;

    /// <summary>The small keys.</summary>
    public RateTable<GcraPlan, long, Gcra> Small { get; } = new(isFew ? 1 : Math.Max(1, maxKeys - (maxKeys / 4) - LeasesOf(maxKeys)));

    /// <summary>Large keys that found no room among the leased: they have their share of the rate here.</summary>
    public RateTable<GcraPlan, long, Gcra> Alone { get; } = new(isFew ? 1 : Math.Max(1, maxKeys / 4));

    /// <summary>The leased keys.</summary>
    public IEnumerable<FleetLease> Leases => _leases.Select(static l => l.Value);

    /// <summary>Keys remembered here, leased or not.</summary>
    public int Keys => Count + Small.Count + Alone.Count;

    /// <summary>Keys forgotten because there was no room.</summary>
    public long Evictions => Small.Evictions + Alone.Evictions;

    /// <summary>How many are leased.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Calls from one turn of a leased key to its next: as long as that its lease has to last. Set with each call.</summary>
    public int Turns { get => Volatile.Read(ref _turns); set => Volatile.Write(ref _turns, value); }

    /// <summary>Takes tokens, or refuses and takes none. Nothing is waited for.</summary>
    public RateAnswer Take(in LeasePlan plan, ulong key, double scale, long now, long cost)
    {
        if (_leases.TryGetValue(key, out var lease))
        {
            return lease.Bucket.Take(plan, scale, now, cost);
        }

        long owed = 0;
        if (!isFew)
        {
            var unseen = Unseen(plan, scale, cost);
            var answer = Small.Take(unseen, key, now, cost);
            if (answer.Admitted)
            {
                return answer;
            }

            // What has been admitted unseen is charged; the rest of the debt is only that the unseen rate is so low.
            owed = unseen.BurstTolerance / unseen.EmissionInterval * LeasePlan.Unit;
        }

        if (Lease(plan, key, now, owed) is { } made)
        {
            return made.Bucket.Take(plan, scale, now, cost);
        }

        return Alone.Take(Shared(plan, scale, cost), key, now, cost);
    }

    /// <summary>What <see cref="Take"/> would answer.</summary>
    public RateAnswer Peek(in LeasePlan plan, ulong key, double scale, long now, long cost)
    {
        if (_leases.TryGetValue(key, out var lease))
        {
            return lease.Bucket.Peek(plan, scale, now, cost);
        }

        var answer = isFew ? default : Small.Peek(Unseen(plan, scale, cost), key, now, cost);
        return answer.Admitted ? answer : new LeaseBucket(now).Peek(plan, scale, now, cost);
    }

    /// <summary>Gives back.</summary>
    public void Refund(in LeasePlan plan, ulong key, double scale, long now, long cost)
    {
        if (_leases.TryGetValue(key, out var lease))
        {
            lease.Bucket.Refund(plan, scale, cost);
        }
        else if (!Alone.Refund(Shared(plan, scale, cost), key, now, cost))
        {
            Small.Refund(Unseen(plan, scale, cost), key, now, cost);
        }
    }

    /// <summary>Parts of a token in hand for a key; null: it is not leased.</summary>
    public long? LeftOf(ulong key) => _leases.TryGetValue(key, out var lease) ? lease.Bucket.Left : null;

    /// <summary>Lets go of a key that has rested.</summary>
    public void Forget(FleetLease lease)
    {
        if (_leases.TryRemove(lease.Hash, out _))
        {
            Interlocked.Decrement(ref _count);
        }
    }

    private static int LeasesOf(int maxKeys) => Math.Clamp(maxKeys / 4, 1, MostLeases);

    private FleetLease? Lease(in LeasePlan plan, ulong key, long now, long owed)
    {
        if (Interlocked.Increment(ref _count) > _mostLeases)
        {
            Interlocked.Decrement(ref _count);
            return null;
        }

        // Half of the burst is taken to be gone until Redis has said more: others may know the key longer than we do.
        var made = new FleetLease(new LeaseBucket(now, isFew ? 0 : plan.BurstTolerance / 2, owed), key);
        var kept = _leases.GetOrAdd(key, made);
        if (kept != made)
        {
            Interlocked.Decrement(ref _count);
        }

        return kept;
    }

    private static GcraPlan Unseen(in LeasePlan plan, double scale, long cost)
    {
        var (interval, burst) = Scaled(plan, scale);
        return new(Most(interval, 20), Most(interval, 20 * Math.Max(cost, burst / 2)));
    }

    private static GcraPlan Shared(in LeasePlan plan, double scale, long cost)
    {
        var (interval, burst) = Scaled(plan, scale);
        return new(interval, Most(interval, Math.Max(cost, burst)));
    }

    // The interval of a share, and the share of the burst, in tokens.
    private static (long Interval, double Burst) Scaled(in LeasePlan plan, double scale)
    {
        var interval = Math.Max(1, plan.ShareTicks(LeasePlan.Price(1, scale)));
        return (interval, (double)plan.BurstTolerance / plan.EmissionInterval / Math.Max(1, plan.Members));
    }

    private static long Most(long interval, double times) => (long)Math.Min(1L << 60, interval * times);
}
