namespace SandGlass.OverloadProbe;

/// <summary>
/// The open model: each request is begun at its planned moment by one thread that does nothing else, whatever became of the ones before.
/// How late that was is part of the result: a generator that falls behind tells nothing about the gateway.
/// </summary>
internal sealed class Generator(Plan plan, Visitor visitor, TimeProvider time, long began)
{
    // Of visits under way, so that sockets and memory are bounded; who must wait for room is late, and the measurement not valid.
    private const int Most = 8_000;

    private readonly List<float> _late = [];
    private int _underWay;

    /// <summary>p99 of how late requests were begun, in milliseconds.</summary>
    public double LateP99 => Series.Quantile([.. _late.Order()], 0.99);

    /// <summary>Returns when all have been begun and have ended, or, at the end of their patience, would have.</summary>
    public async Task RunAsync()
    {
        var paced = new TaskCompletionSource();
        new Thread(() => Pace(paced)) { IsBackground = true, Name = "pace" }.Start();
        await paced.Task;
        var end = time.GetTimestamp() + (long)((plan.PatienceMs / 1000 * (plan.Chains.Max(static c => c.Retries) + 1)) + 3) * time.TimestampFrequency;
        while (Volatile.Read(ref _underWay) > 0 && time.GetTimestamp() < end)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), time);
        }
    }

    private void Pace(TaskCompletionSource paced)
    {
        using var never = new ManualResetEvent(false);
        foreach (var arrival in Arrivals.Of(plan))
        {
            double early;
            while ((early = arrival.At - time.GetElapsedTime(began).TotalSeconds) > 0.0005)
            {
                never.WaitOne(Math.Max(1, (int)(early * 1000)));
            }

            while (Volatile.Read(ref _underWay) >= Most)
            {
                never.WaitOne(1);
            }

            _late.Add((float)Math.Max(0, (time.GetElapsedTime(began).TotalSeconds - arrival.At) * 1000));
            Interlocked.Increment(ref _underWay);
            _ = FollowAsync(arrival);
        }

        paced.SetResult();
    }

    private async Task FollowAsync(Arrival arrival)
    {
        try
        {
            await visitor.VisitAsync(arrival);
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }
}
