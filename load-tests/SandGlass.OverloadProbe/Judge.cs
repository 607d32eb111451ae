namespace SandGlass.OverloadProbe;

/// <summary>Reads the measures off a series.</summary>
internal sealed class Judge(Plan plan, Series series, Watch watch, IReadOnlyList<double> changed)
{
    private const double Window = 0.5;
    private const double Minute = 60;

    private readonly JudgePlan _at = plan.Judge;

    public Measures Measure(int? leaked)
    {
        var (from, to) = (_at.From, _at.To);
        var took = Took(from, to);
        var p99 = Series.Quantile(took, 0.99);
        var isLong = to - from >= 2 * Minute;
        return new()
        {
            Critical = Share(from, to, Critical),
            Total = Share(from, to, Measured),
            P50 = Series.Quantile(took, 0.5),
            P99 = p99,
            P99Ratio = p99 / plan.ServiceP99,
            Settle = _at.Step is { } step ? Settle(step) : null,
            Recover = _at.Back is { } back ? Recover(back) : null,
            Checkouts = Checkouts(from, to),
            Jain = plan.Targets.Length > 1 ? Jain() : null,
            P99Noticed = _at.Quiet is [var begin, var end] ? p99 / Series.Quantile(Took(begin, end), 0.99) : null,
            P99Drift = isLong ? Series.Quantile(Took(to - Minute, to), 0.99) / Series.Quantile(Took(from, from + Minute), 0.99) : null,
            GoodDrift = isLong ? Share(to - Minute, to, Measured) / Share(from, from + Minute, Measured) : null,
            MemoryDrift = isLong && plan.Processes.Gateways.Length > 0 ? Resident(to) / Resident(from + Minute) : null,
            CriticalRefused = CriticalRefused(from, to),
            BreakerOpen = _at.BackChain is null ? null : watch.BreakerOpen is { } open ? open - from : double.NaN,
            Leaked = leaked,
        };
    }

    /// <summary>The part of the machine that somebody took in the measured window.</summary>
    public double Part(Func<MachineReading, long> whose)
    {
        var first = watch.Machines.First(m => m.At >= _at.From || m == watch.Machines[^1]);
        var last = watch.Machines.Last(m => m.At <= _at.To || m == first);
        return last.All > first.All ? (double)(whose(last) - whose(first)) / (last.All - first.All) : 0;
    }

    private bool Measured(int chain) => plan.Chains[chain].Name != _at.Apart;

    private bool Critical(int chain) => plan.Chains[chain].Critical && Measured(chain);

    private int Good(double from, double to, Func<int, bool> chains) => series.Of(from, to, chains).Sum(static c => c.Good.Count);

    private int Came(double from, double to, Func<int, bool> chains) => series.Of(from, to, chains).Sum(static c => c.Came);

    private double Share(double from, double to, Func<int, bool> chains)
    {
        double possible = 0;
        for (var at = from; at < to; at++)
        {
            var end = Math.Min(to, at + 1);
            possible += Math.Min(Came(at, end, chains), plan.CapacityAt(at) * (end - at));
        }

        return Good(from, to, chains) / possible;
    }

    private float[] Took(double from, double to)
    {
        Cell[] cells = [.. series.Of(from, to, Measured)];
        float[] all = [.. cells.SelectMany(static c => c.Good), .. Enumerable.Repeat((float)plan.PatienceMs, cells.Sum(static c => c.Left))];
        Array.Sort(all);
        return all;
    }

    /// <summary>From the first moment on after which 93 of 100 half-seconds of the next three seconds are as they should be.</summary>
    private double Settle(double step)
    {
        var last = Math.Min(_at.Back ?? _at.To, _at.To) - Window;
        List<bool> fine = [];
        for (var at = step; at <= last; at += 1.0 / Series.PerSecond)
        {
            fine.Add(Fine(at));
        }

        var three = Math.Min(3 * Series.PerSecond, fine.Count);
        for (var i = 0; i + three <= fine.Count; i++)
        {
            if (fine[i] && fine.Skip(i).Take(three).Count(static f => f) >= 0.93 * three)
            {
                return (double)i / Series.PerSecond;
            }
        }

        return double.NaN;
    }

    // Bounds wide enough for the noise of half a second: a good controller is within them all the time.
    private bool Fine(double at)
    {
        var capacity = plan.CapacityAt(at) * Window;
        var load = plan.TimesAt(at) * plan.Capacity * Window;
        var possible = Math.Min(load * plan.Chains.Where((_, i) => Critical(i)).Sum(static c => c.Share), capacity);
        return Good(at, at + Window, Measured) >= 0.88 * Math.Min(load, capacity)
            && Good(at, at + Window, Critical) >= Math.Min(0.86, 1 - (3.5 / Math.Sqrt(possible))) * possible
            && Series.Quantile(Took(at, at + Window), 0.99) <= 3 * plan.ServiceP99;
    }

    /// <summary>The first half-second whose comers were served; counted from when the shop really was back.</summary>
    private double Recover(double back)
    {
        for (var i = 0; i < changed.Count; i++)
        {
            back = plan.Changes[i].At == _at.Back ? changed[i] : back;
        }

        bool Asked(int chain) => _at.BackChain is null ? Measured(chain) : plan.Chains[chain].Name == _at.BackChain;
        for (var at = back; at + Window <= plan.Seconds; at += 1.0 / Series.PerSecond)
        {
            Cell[] cells = [.. series.Of(at, at + Window, Asked)];
            if (cells.Sum(static c => c.Kept) >= _at.BackShare * cells.Sum(static c => c.Came))
            {
                return at - back;
            }
        }

        return double.NaN;
    }

    private double? Checkouts(double from, double to)
    {
        var chain = Array.FindIndex(plan.Chains, static c => c.Steps.Length > 1);
        if (chain < 0)
        {
            return null;
        }

        double steps = plan.Chains[chain].Steps.Length, possible = 0;
        for (var at = from; at < to; at++)
        {
            possible += Math.Min(plan.CapacityAt(at), plan.TimesAt(at) * plan.Capacity * plan.Chains[chain].Share) / steps * Math.Min(1, to - at);
        }

        return series.Journeys(from, to) / possible;
    }

    private double Jain()
    {
        var sum = series.ByTarget.Sum(static x => (double)x);
        return sum * sum / (series.ByTarget.Count * series.ByTarget.Sum(static x => (double)x * x));
    }

    private double CriticalRefused(double from, double to)
    {
        double refused = 0;
        for (var at = from; at < to; at++)
        {
            Cell[] cells = [.. series.Of(at, Math.Min(to, at + 1), Critical)];
            var impossible = Math.Max(0, cells.Sum(static c => c.Came) - plan.CapacityAt(at));
            refused += Math.Max(0, cells.Sum(static c => c.Refused) - impossible);
        }

        return Math.Round(refused);
    }

    private double Resident(double at) => watch.Machines.Last(m => m.At <= at || m == watch.Machines[0]).Resident;
}
