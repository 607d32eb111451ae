using SandGlass.LoadTests.Planning;

namespace SandGlass.LoadTests.Measuring;

/// <summary>One request that has ended.</summary>
/// <param name="Scenario">Index of the scenario.</param>
/// <param name="Step">Index of the step.</param>
/// <param name="At">Seconds from the begin of what is measured to the moment that it was planned for.</param>
/// <param name="FromPlan">From the planned moment to the end: what a user would have waited.</param>
/// <param name="FromStart">From the moment that it was really sent to the end: what the request took.</param>
/// <param name="Answer">What came back.</param>
internal readonly record struct Ended(int Scenario, int Step, double At, TimeSpan FromPlan, TimeSpan FromStart, Answer Answer)
{
    /// <summary>What the user wanted is over with this request; null where the client asks again.</summary>
    public Wish? Wish { get; init; }
}

/// <summary>What a user wanted: one request, or as many as the client made of it.</summary>
/// <param name="At">Seconds from the begin of what is measured to the moment that its first request was planned for.</param>
/// <param name="Took">From then to the end.</param>
internal readonly record struct Wish(double At, TimeSpan Took);

/// <summary>What came back.</summary>
/// <param name="Outcome">How it counts.</param>
/// <param name="Status">0 where there was no answer.</param>
/// <param name="Bytes">Of the body.</param>
/// <param name="Why">The reason where it is not good.</param>
internal readonly record struct Answer(Outcome Outcome, int Status, long Bytes = 0, string? Why = null);

/// <summary>Counts and durations of one outcome of one scenario or step.</summary>
internal sealed class Tally
{
    public long Count { get; set; }

    public long Bytes { get; set; }

    public LogLinearHistogram FromPlan { get; } = new();

    public LogLinearHistogram FromStart { get; } = new();
}

/// <summary>
/// All that is measured, by scenario, step and outcome, and by second. One lock: at 5,000 requests a second it is held for a thousandth of the time. Whoever
/// reads takes it too.
/// </summary>
internal sealed class Recorder
{
    // Of reasons and statuses, so that a server's words cannot fill the memory; what is beyond is counted together.
    private const int MostReasons = 100;

    private readonly Lock _lock = new();
    private readonly Tally?[][][] _tallies;
    private readonly SortedDictionary<int, long>[][] _statuses;
    private readonly Dictionary<string, long> _reasons = [];
    private readonly long[] _starts;
    private readonly long[] _dropped;

    /// <param name="scenarios">What is run.</param>
    /// <param name="seconds">How long arrivals go on.</param>
    public Recorder(IReadOnlyList<Scenario> scenarios, double seconds)
    {
        Scenarios = scenarios;
        _tallies = [.. scenarios.Select(static s => s.Steps.Select(static _ => new Tally?[Outcomes.All.Count]).ToArray())];
        _statuses = [.. scenarios.Select(static s => s.Steps.Select(static _ => new SortedDictionary<int, long>()).ToArray())];
        _starts = new long[scenarios.Count];
        _dropped = new long[scenarios.Count];
        Series = new(seconds);
        Chains = new(scenarios, seconds);
    }

    public IReadOnlyList<Scenario> Scenarios { get; }

    public Series Series { get; }

    /// <summary>Asked for and answered well, by chain.</summary>
    public ChainSeries Chains { get; }

    /// <summary>Told of each request that ends, under the lock; it must be quick.</summary>
    public Action<Ended>? Watch { get; init; }

    /// <summary>How late requests were really sent after the moment that they were planned for.</summary>
    public LogLinearHistogram Late { get; } = new();

    /// <summary>Requests sent later than this after their moment are late.</summary>
    public static readonly TimeSpan LateLimit = TimeSpan.FromMilliseconds(10);

    /// <summary>How many were.</summary>
    public long LateStarts { get; private set; }

    /// <summary>Journeys that were begun.</summary>
    public long Starts => Locked(() => _starts.Sum());

    /// <summary>Journeys that were planned and not begun, as too many requests were under way.</summary>
    public long Dropped => Locked(() => _dropped.Sum());

    /// <summary>A measured journey begins, or would have.</summary>
    public void Arrived(int scenario, double at, bool dropped)
    {
        lock (_lock)
        {
            (dropped ? _dropped : _starts)[scenario]++;
            Series.Planned(at);
            if (dropped)
            {
                Chains.Dropped(scenario, at);
            }
        }
    }

    /// <summary>Requests that were sent late because they had to wait for a place, and not because the generator was slow.</summary>
    public long Waited { get; private set; }

    /// <summary>A measured request is really sent.</summary>
    public void Sent(double at, TimeSpan late, bool waited)
    {
        lock (_lock)
        {
            if (waited)
            {
                Waited++;
            }
            else
            {
                Late.Record(late);
                LateStarts += late > LateLimit ? 1 : 0;
            }

            Series.Sent(at + Math.Max(0, late.TotalSeconds));
        }
    }

    /// <summary>A measured request has ended.</summary>
    public void Ended(in Ended ended)
    {
        lock (_lock)
        {
            var tally = _tallies[ended.Scenario][ended.Step][(int)ended.Answer.Outcome] ??= new();
            tally.Count++;
            tally.Bytes += ended.Answer.Bytes;
            tally.FromPlan.Record(ended.FromPlan);
            tally.FromStart.Record(ended.FromStart);
            var statuses = _statuses[ended.Scenario][ended.Step];
            statuses[ended.Answer.Status] = statuses.GetValueOrDefault(ended.Answer.Status) + 1;
            if (ended.Answer.Why is { } why)
            {
                why = _reasons.Count < MostReasons || _reasons.ContainsKey(why) ? why : "others";
                _reasons[why] = _reasons.GetValueOrDefault(why) + 1;
            }

            Series.Ended(ended);
            Chains.Ended(ended);
            Watch?.Invoke(ended);
        }
    }

    /// <summary>Everything of a scenario, or of one of its steps, added up to one tally an outcome.</summary>
    public Tally Sum(int scenario, int? step, Func<Outcome, bool> outcomes) => Locked(() =>
    {
        var sum = new Tally();
        for (var i = 0; i < _tallies[scenario].Length; i++)
        {
            foreach (var outcome in Outcomes.All)
            {
                if ((step is null || step == i) && outcomes(outcome) && _tallies[scenario][i][(int)outcome] is { } tally)
                {
                    sum.Count += tally.Count;
                    sum.Bytes += tally.Bytes;
                    sum.FromPlan.Add(tally.FromPlan);
                    sum.FromStart.Add(tally.FromStart);
                }
            }
        }

        return sum;
    });

    /// <summary>Only the number; cheaper than <see cref="Sum"/>.</summary>
    public long Count(int scenario, int? step, Func<Outcome, bool> outcomes) => Locked(() =>
    {
        long sum = 0;
        for (var i = 0; i < _tallies[scenario].Length; i++)
        {
            foreach (var outcome in Outcomes.All)
            {
                sum += (step is null || step == i) && outcomes(outcome) ? _tallies[scenario][i][(int)outcome]?.Count ?? 0 : 0;
            }
        }

        return sum;
    });

    /// <summary>How often each status came; 0 is no answer.</summary>
    public IReadOnlyDictionary<int, long> Statuses(int scenario, int? step) => Locked(() =>
    {
        var sum = new SortedDictionary<int, long>();
        for (var i = 0; i < _statuses[scenario].Length; i++)
        {
            foreach (var (status, count) in step is null || step == i ? _statuses[scenario][i] : [])
            {
                sum[status] = sum.GetValueOrDefault(status) + count;
            }
        }

        return (IReadOnlyDictionary<int, long>)sum;
    });

    /// <summary>Journeys begun and dropped of a scenario.</summary>
    public (long Starts, long Dropped) Journeys(int scenario) => Locked(() => (_starts[scenario], _dropped[scenario]));

    /// <summary>Why answers were not good, the most frequent first.</summary>
    public IReadOnlyList<(string Why, long Count)> Reasons => Locked(() =>
        _reasons.OrderByDescending(static r => r.Value).Select(static r => (r.Key, r.Value)).ToArray());

    /// <summary>Reads under the lock.</summary>
    public T Locked<T>(Func<T> read)
    {
        lock (_lock)
        {
            return read();
        }
    }
}
