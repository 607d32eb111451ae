namespace SandGlass.LoadTests.Measuring;

/// <summary>One moment of the run: a second, or more where the run is long.</summary>
internal sealed class Moment
{
    /// <summary>Journeys that were planned to begin.</summary>
    public long Planned { get; set; }

    /// <summary>Requests really sent in it.</summary>
    public long Sent { get; set; }

    /// <summary>Of the requests planned in it, by outcome.</summary>
    public long[] Outcomes { get; } = new long[Measuring.Outcomes.All.Count];

    /// <summary>Of the good ones planned in it, from the planned moment on.</summary>
    public LogLinearHistogram FromPlan { get; } = new(LogLinearHistogram.Coarse);

    /// <summary>The same from the moment that they were sent.</summary>
    public LogLinearHistogram FromStart { get; } = new(LogLinearHistogram.Coarse);
}

/// <summary>The run over time, by the planned moments: who came while the server stalled shows there, and not when it was over.</summary>
internal sealed class Series
{
    /// <summary>Seconds after the last planned arrival that have moments of their own: journeys go on, and clients ask again. What is later counts with the last.</summary>
    public const double After = 60;

    // 1,000 moments of 10 KB each.
    private const int Most = 1_000;

    private readonly Moment[] _moments;

    public Series(double seconds)
    {
        Step = Math.Max(1, Math.Ceiling(Math.Min(seconds, 1e9) / Most));
        _moments = [.. Enumerable.Range(0, Math.Max(1, (int)Math.Ceiling((Math.Min(seconds, 1e9) + After) / Step))).Select(static _ => new Moment())];
    }

    /// <summary>Seconds that one moment stands for.</summary>
    public double Step { get; }

    /// <summary>From the begin of what is measured.</summary>
    public IReadOnlyList<Moment> Moments => _moments;

    public void Planned(double at) => Of(at).Planned++;

    public void Sent(double at) => Of(at).Sent++;

    public void Ended(in Ended ended)
    {
        var moment = Of(ended.At);
        moment.Outcomes[(int)ended.Answer.Outcome]++;
        if (ended.Answer.Outcome.Good())
        {
            moment.FromPlan.Record(ended.FromPlan);
            moment.FromStart.Record(ended.FromStart);
        }
    }

    /// <summary>What comes after the end counts with the last.</summary>
    public Moment Of(double at) => _moments[Math.Clamp((int)(at / Step), 0, _moments.Length - 1)];
}
