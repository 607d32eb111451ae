namespace SandGlass.DemoShop;

/// <summary>The counters of one backend: fixed memory, one interlocked word each.</summary>
internal sealed class Counters
{
    private readonly long[] statuses = new long[600];
    private readonly LatencyHistogram latency = new();
    private long requests, inFlight, errors, hangs, resets, malformed;

    public long InFlight => Volatile.Read(ref inFlight);

    public void Arrive()
    {
        Interlocked.Increment(ref requests);
        Interlocked.Increment(ref inFlight);
    }

    public void Answer(TimeSpan after) => latency.Add(after);

    public void End(int status)
    {
        Interlocked.Increment(ref statuses[Math.Clamp(status, 0, statuses.Length - 1)]);
        Interlocked.Decrement(ref inFlight);
    }

    public void Error() => Interlocked.Increment(ref errors);

    public void Hang() => Interlocked.Increment(ref hangs);

    public void Reset() => Interlocked.Increment(ref resets);

    public void Malform() => Interlocked.Increment(ref malformed);

    /// <summary>Starts counting anew. What is in flight stays in flight.</summary>
    public void Clear()
    {
        Array.Clear(statuses);
        latency.Clear();
        requests = errors = hangs = resets = malformed = 0;
    }

    public ShopStats Read(string backend, WorkerPool pool)
    {
        var byStatus = new SortedDictionary<int, long>();
        for (var status = 0; status < statuses.Length; status++)
        {
            if (Volatile.Read(ref statuses[status]) is var count and > 0)
            {
                byStatus[status] = count;
            }
        }

        var faults = new FaultCounts(Volatile.Read(ref errors), Volatile.Read(ref hangs), Volatile.Read(ref resets), Volatile.Read(ref malformed));
        return new(backend, Volatile.Read(ref requests), InFlight, pool.Busy, pool.Queued, byStatus, faults, latency.Quantile(0.5), latency.Quantile(0.99));
    }
}
