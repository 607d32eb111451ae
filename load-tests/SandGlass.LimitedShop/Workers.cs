namespace SandGlass.LimitedShop;

/// <summary>What the workers have done since the start.</summary>
/// <param name="Workers">There are, now.</param>
/// <param name="Busy">Of them, now.</param>
/// <param name="Queued">Requests that wait, now.</param>
/// <param name="Done">Requests worked on to their end.</param>
/// <param name="Wasted">Of them, those whose client had left.</param>
/// <param name="Turned">Requests that found the queue full.</param>
/// <param name="BusySeconds">Seconds of work, over all workers.</param>
internal sealed record WorkCounts(int Workers, int Busy, int Queued, long Done, long Wasted, long Turned, double BusySeconds);

/// <summary>
/// W workers and one first-come-first-served queue: a backend as it is where nobody protects it. No thread waits for anything. A worker
/// takes the next request at the moment its last one should have ended, not when our timer noticed: timers are a millisecond late, and
/// that would take 2 % from a shop whose work is 40 ms.
/// </summary>
internal sealed class Workers(int count, TimeSpan mean, double sigma, int seed, int limit, bool workForTheGone, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Queue<Job> _queue = new();
    private readonly ServiceTimes _times = new(sigma, seed);
    private readonly int _nominal = count;
    private int _workers = count, _busy;
    private long _done, _wasted, _turned, _busyTicks;
    private double _speed = 1, _contention;

    /// <summary>How things stand.</summary>
    public WorkCounts Counts
    {
        get
        {
            lock (_lock)
            {
                return new(_workers, _busy, _queue.Count, _done, _wasted, _turned, (double)_busyTicks / time.TimestampFrequency);
            }
        }
    }

    /// <summary>What is begun from now on is done so; what a worker has in hand stays as it was.</summary>
    /// <param name="workers">How many there are.</param>
    /// <param name="speed">1 is as named at the start, .5 takes twice as long.</param>
    /// <param name="contention">What each request beyond the first W makes the work longer, as a fraction.</param>
    public void Change(int? workers, double? speed, double? contention)
    {
        var begun = new List<Job>();
        lock (_lock)
        {
            _workers = workers ?? _workers;
            _speed = speed ?? _speed;
            _contention = contention ?? _contention;
            Begin(time.GetTimestamp(), begun);
        }

        Run(begun);
    }

    /// <summary>Waits for a worker and for the work; how long for the worker. Null at once when the queue is full.</summary>
    public Task<TimeSpan?> WorkAsync(CancellationToken left)
    {
        var job = new Job(time.GetTimestamp(), left);
        var begun = new List<Job>(1);
        lock (_lock)
        {
            if (_busy >= _workers && _queue.Count >= limit)
            {
                _turned++;
                return Task.FromResult<TimeSpan?>(null);
            }

            _queue.Enqueue(job);
            Begin(job.Arrived, begun);
        }

        Run(begun);
        return job.Ended.Task;
    }

    private void Begin(long from, List<Job> begun)
    {
        while (_busy < _workers && _queue.TryDequeue(out var job))
        {
            if (job.Left.IsCancellationRequested && !workForTheGone)
            {
                job.Ended.SetResult(TimeSpan.Zero);
                continue;
            }

            _busy++;
            var crowd = Math.Max(0, _busy + _queue.Count - _nominal);
            var took = (long)(mean.TotalSeconds * _times.Next() * (1 + (_contention * crowd)) / _speed * time.TimestampFrequency);
            job.Waited = time.GetElapsedTime(job.Arrived, Math.Max(from, job.Arrived));
            job.Ends = Math.Max(from, job.Arrived) + took;
            _busyTicks += took;
            begun.Add(job);
        }
    }

    private void Run(List<Job> begun)
    {
        foreach (var job in begun)
        {
            _ = RunAsync(job);
        }
    }

    private async Task RunAsync(Job job)
    {
        var wait = time.GetElapsedTime(time.GetTimestamp(), job.Ends);
        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, time);
        }
        else
        {
            await Task.Yield();
        }

        var begun = new List<Job>(1);
        lock (_lock)
        {
            _busy--;
            _done++;
            _wasted += job.Left.IsCancellationRequested ? 1 : 0;
            Begin(job.Ends, begun);
        }

        job.Ended.SetResult(job.Waited);
        Run(begun);
    }

    private sealed class Job(long arrived, CancellationToken left)
    {
        public long Arrived => arrived;

        public CancellationToken Left => left;

        public long Ends { get; set; }

        public TimeSpan Waited { get; set; }

        public TaskCompletionSource<TimeSpan?> Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
