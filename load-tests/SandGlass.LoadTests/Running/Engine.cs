using SandGlass.LoadTests.Measuring;
using SandGlass.LoadTests.Planning;

namespace SandGlass.LoadTests.Running;

/// <summary>
/// Begins what is due, follows it, and counts. It knows the time only by its clock and never waits: whoever drives it (<see cref="Pacer"/>, or a test
/// with a clock of its own) calls <see cref="Step"/> again at the moment that it answers. Answers come on any thread.
/// </summary>
internal sealed class Engine : IDisposable
{
    private readonly TimeProvider _time;
    private readonly ITransport _transport;
    private readonly Recorder _recorder;
    private readonly IReadOnlyList<ArrivalStream> _streams;
    private readonly IReadOnlyList<UserPool> _pools;
    private readonly EngineOptions _options;
    private readonly Lock _lock = new();
    private readonly PriorityQueue<Journey, long> _thinking = new();
    private readonly HashSet<Shot> _underWay = [];
    private readonly Queue<(Journey Journey, long Planned)> _waiting = new();
    private readonly long _began;
    private long _nextSweep;
    private long _leavesAt = long.MaxValue;
    private int _left;
    private volatile bool _stopped;

    /// <param name="time">Its clock.</param>
    /// <param name="transport">Carries the requests.</param>
    /// <param name="recorder">Counts them.</param>
    /// <param name="streams">Open model.</param>
    /// <param name="pools">Closed model.</param>
    /// <param name="options">Bounds.</param>
    public Engine(TimeProvider time, ITransport transport, Recorder recorder, IReadOnlyList<ArrivalStream> streams, IReadOnlyList<UserPool> pools, EngineOptions options)
    {
        (_time, _transport, _recorder, _streams, _pools, _options) = (time, transport, recorder, streams, pools, options);
        _began = time.GetTimestamp() + Ticks(options.Lead + recorder.Scenarios.Max(static s => s.WarmUp.TotalSeconds));
    }

    /// <summary>Nothing is under way and nothing will be.</summary>
    public bool Done { get; private set; }

    /// <summary>Requests without an answer yet.</summary>
    public int UnderWay => Locked(() => _underWay.Count);

    /// <summary>Seconds from the begin of what is measured; below 0 in the warm-up.</summary>
    public double Now => Seconds(_time.GetTimestamp());

    /// <summary>Begins nothing more; what is under way ends as it will.</summary>
    public void Stop() => _stopped = true;

    /// <summary>Begins nothing more, and after a while leaves what is still under way: it counts neither as good nor as failed.</summary>
    public void Leave(TimeSpan patience)
    {
        Stop();
        Interlocked.Exchange(ref _leavesAt, _time.GetTimestamp() + Ticks(patience.TotalSeconds));
    }

    /// <summary>Requests that were left so.</summary>
    public int Left => Volatile.Read(ref _left);

    /// <summary>Does all that is due.</summary>
    /// <returns>The clock's ticks at which to come again; what ends meanwhile may make it sooner by the length of a think time.</returns>
    public long Step()
    {
        var now = _time.GetTimestamp();
        var next = BeginArrivals(now);
        next = Math.Min(next, BeginUsers(now));
        next = Math.Min(next, GoOn(now));
        LetIn();
        if (now >= _nextSweep)
        {
            Sweep(now);
            _nextSweep = now + Ticks(0.05);
        }

        var over = _stopped || (_streams.All(static s => double.IsPositiveInfinity(s.Next.At)) && _pools.All(p => p.Over(Seconds(now))));
        lock (_lock)
        {
            Done = over && _underWay.Count == 0 && (_stopped || (_thinking.Count == 0 && _waiting.Count == 0));
        }

        return Math.Min(next, _nextSweep);
    }

    public void Dispose()
    {
        foreach (var stream in _streams)
        {
            stream.Dispose();
        }
    }

    private long BeginArrivals(long now)
    {
        var next = long.MaxValue;
        foreach (var stream in _streams)
        {
            while (!_stopped && !double.IsPositiveInfinity(stream.Next.At))
            {
                var due = _began + Ticks(stream.Next.At);
                if (due > now)
                {
                    next = Math.Min(next, due);
                    break;
                }

                Begin(stream.Scenario, stream.Number, stream.Next, due, user: -1);
                stream.Move();
                now = _time.GetTimestamp();
            }
        }

        return next;
    }

    private long BeginUsers(long now)
    {
        var at = Seconds(now);
        foreach (var pool in _pools)
        {
            while (!_stopped && Locked(() => pool.Begin(at)) is { } user)
            {
                Begin(pool.Scenario, pool.Number - 1, new(at), now, user);
            }
        }

        // Users come and go by whole ones; a hundredth of a second is how finely a ramp is followed.
        return _pools.Count == 0 || _stopped ? long.MaxValue : now + Ticks(0.01);
    }

    private long GoOn(long now)
    {
        while (true)
        {
            Journey? journey;
            long due;
            lock (_lock)
            {
                if (!_thinking.TryPeek(out journey, out due) || due > now)
                {
                    return journey is null ? long.MaxValue : due;
                }

                _thinking.Dequeue();
            }

            if (_stopped)
            {
                Leave(journey);
                continue;
            }

            Fire(journey, due);
        }
    }

    private void Begin(int scenario, long number, Arrival arrival, long due, int user)
    {
        var warmUp = arrival.At < 0;
        var full = UnderWay >= _options.MostInFlight || _waiting.Count > 0;
        var waits = full && _options.WaitWhenFull && user < 0;
        if (!warmUp)
        {
            _recorder.Arrived(scenario, arrival.At, dropped: full && !waits);
        }

        var plan = _recorder.Scenarios[scenario];
        var dice = Dice.Of(_options.Seed, scenario, number);
        var values = new string?[plan.Values];
        for (var i = 0; i < plan.Feeds.Count; i++)
        {
            values[i] = plan.Feeds[i].Value(ref dice, number);
        }

        var journey = new Journey { Scenario = scenario, Plan = plan, Values = values, Dice = dice, User = user, WarmUp = warmUp, Replayed = arrival.Replayed };
        if (waits)
        {
            _waiting.Enqueue((journey, due));
        }
        else if (full)
        {
            Leave(journey);
        }
        else
        {
            Fire(journey, due);
        }
    }

    private void LetIn()
    {
        while (!_stopped && _waiting.Count > 0 && UnderWay < _options.MostInFlight)
        {
            var (journey, planned) = _waiting.Dequeue();
            Fire(journey, planned, waited: true);
        }
    }

    private void Fire(Journey journey, long planned, bool waited = false)
    {
        var sent = _time.GetTimestamp();
        var shot = new Shot { Journey = journey, Planned = planned, Sent = sent };
        journey.First = journey.Attempt == 0 ? planned : journey.First;
        lock (_lock)
        {
            _underWay.Add(shot);
        }

        if (!journey.WarmUp)
        {
            _recorder.Sent(Seconds(planned), _time.GetElapsedTime(planned, sent), waited);
        }

        _ = FollowAsync(shot);
    }

    private async Task FollowAsync(Shot shot)
    {
        var answer = await _transport.SendAsync(shot).ConfigureAwait(false);
        var now = _time.GetTimestamp();
        var journey = shot.Journey;
        var again = !answer.Outcome.Good() && journey.Attempt < shot.Step.Retries && !_stopped;
        if (!journey.WarmUp && !shot.Left)
        {
            _recorder.Ended(new(
                journey.Scenario, journey.Step, Seconds(shot.Planned), _time.GetElapsedTime(shot.Planned, now), _time.GetElapsedTime(shot.Sent, now), answer)
            {
                Wish = again ? null : new(Seconds(journey.First), _time.GetElapsedTime(journey.First, now)),
            });
        }

        var goesOn = again || (answer.Outcome.Good() && journey.Step + 1 < journey.Plan.Steps.Count);
        var think = again ? Again(journey) : goesOn ? Think(journey, shot.Step) : TimeSpan.Zero;
        lock (_lock)
        {
            _underWay.Remove(shot);
            if (goesOn)
            {
                // By the driver and not here, so that all requests are sent in one place, with one measure of lateness.
                _thinking.Enqueue(journey, now + Ticks(think.TotalSeconds));
            }
        }

        shot.Dispose();
        if (!goesOn)
        {
            Leave(journey);
        }
    }

    // At once, as clients do that nobody has told otherwise.
    private static TimeSpan Again(Journey journey)
    {
        journey.Attempt++;
        return TimeSpan.Zero;
    }

    private static TimeSpan Think(Journey journey, Planning.Step step)
    {
        var dice = journey.Dice;
        var think = step.ThinkTime(dice.Roll());
        journey.Dice = dice;
        journey.Step++;
        journey.Attempt = 0;
        return think;
    }

    private void Leave(Journey journey)
    {
        if (journey.User < 0)
        {
            return;
        }

        lock (_lock)
        {
            _pools.First(p => p.Scenario == journey.Scenario).End(journey.User);
        }
    }

    // All requests share one look at the clock twenty times a second, in the place of a timer each.
    private void Sweep(long now)
    {
        var leaves = now >= Interlocked.Read(ref _leavesAt);
        Shot[] late = Locked(() => _underWay.Where(s => leaves || _time.GetElapsedTime(s.Sent, now) >= s.Journey.Plan.Timeout).ToArray());
        foreach (var shot in late)
        {
            if (leaves && !shot.Left)
            {
                shot.Left = true;
                Interlocked.Increment(ref _left);
            }

            try
            {
                shot.Patience.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It ended just now.
            }
        }
    }

    private T Locked<T>(Func<T> read)
    {
        lock (_lock)
        {
            return read();
        }
    }

    private long Ticks(double seconds) => (long)Math.Ceiling(seconds * _time.TimestampFrequency);

    private double Seconds(long ticks) => (ticks - _began) / (double)_time.TimestampFrequency;
}

/// <summary>What an engine keeps to.</summary>
/// <param name="Seed">Of all chance.</param>
/// <param name="Seconds">How long arrivals go on.</param>
/// <param name="MostInFlight">Requests under way at once; who comes then is dropped, counted.</param>
/// <param name="WaitWhenFull">Who comes then waits for a place instead, as for a connection of a bounded pool: sent late, counted.</param>
/// <param name="Lead">Seconds before the first moment: time for the driver to be there.</param>
internal sealed record EngineOptions(int Seed, double Seconds, int MostInFlight = 20_000, bool WaitWhenFull = false, double Lead = 0);
