using System.Globalization;

namespace SandGlass.Algorithms.Tests.Simulation;

/// <summary>What came of a scenario, as shares of what was possible.</summary>
/// <param name="Goodput">Work done in time, of what the workers could do: the seconds that each answer did take a worker, since of a thousand the sum may be 7 % above the mean.</param>
/// <param name="Critical">The same of the most critical class, of what it asked or the workers could do.</param>
/// <param name="P99">Seconds, of what was answered.</param>
/// <param name="Settle">Seconds from the event until it is as it should be and stays so; not a number if never, and as a bound: any.</param>
internal readonly record struct Report(double Goodput, double Critical, double P99, double Settle)
{
    /// <summary>Jain's index of the gateways' limits from the event on: 1 = all the same.</summary>
    public double Fairness { get; init; }

    /// <summary>Requests of the most critical class that did not get through, from the surge on; as a bound, 0 is none.</summary>
    public int CriticalLost { get; init; }

    /// <summary>First attempts that were let in when the surge was over, as a share.</summary>
    public double Kept { get; init; }

    public static Report Of(List<(double At, int Class, double Work, double Latency)> served, Scenario scenario, double eventAt, double from, double to)
    {
        (double work, double critical) = Possible(scenario);
        // As many answers in each, however long they take.
        double width = 0.05 * scenario.Scale;
        List<double> latencies = [];
        double done = 0, first = 0;
        int bins = (int)Math.Ceiling((to - eventAt) / width);
        double[] doneIn = new double[bins], firstIn = new double[bins];
        List<double>[] latenciesIn = [.. Enumerable.Range(0, bins).Select(_ => new List<double>())];
        foreach ((double at, int kind, double spent, double latency) in served)
        {
            if (at >= from && at < to)
            {
                done += spent;
                first += kind == 0 ? spent : 0;
                latencies.Add(latency);
            }

            if (at >= eventAt && at < to)
            {
                int bin = Math.Min(bins - 1, (int)((at - eventAt) / width));
                doneIn[bin] += spent;
                firstIn[bin] += kind == 0 ? spent : 0;
                latenciesIn[bin].Add(latency);
            }
        }

        double slowest = 3 * scenario.ServiceP99 * scenario.Weights.Max() * Math.Max(1, scenario.Slowness);
        bool[] good = [.. Enumerable.Range(0, bins).Select(Good)];
        return new(done / (to - from) / work, first / (to - from) / critical, Quantile(latencies, 0.99), Settled(good, width));

        // The 200 ms up to here: nearly all that is possible, and nobody slow.
        bool Good(int bin)
        {
            if (bin < 3)
            {
                return false;
            }

            double seconds = 4 * width;
            List<double> window = [.. latenciesIn[(bin - 3)..(bin + 1)].SelectMany(static l => l)];
            return doneIn[(bin - 3)..(bin + 1)].Sum() >= 0.88 * work * seconds
                && firstIn[(bin - 3)..(bin + 1)].Sum() >= critical * seconds * Math.Min(0.86, 1 - (3.5 / Math.Sqrt(critical * seconds / (scenario.Weights[0] * scenario.Mean))))
                && Quantile(window, 0.99) <= slowest;
        }
    }

    /// <summary>At least as good in everything.</summary>
    public bool Reaches(Report least) => Goodput >= least.Goodput && Critical >= least.Critical && P99 <= least.P99 && (double.IsNaN(least.Settle) || Settle <= least.Settle)
        && Fairness >= least.Fairness && Kept >= least.Kept && (least.CriticalLost == 0 || CriticalLost <= least.CriticalLost);

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"goodput {Goodput * 100:F1} %, critical {Critical * 100:F1} %, p99 {P99 * 1000:F0} ms, settled after {Settle:F2} s, fairness {Fairness:F3}, critical lost {CriticalLost}, kept {Kept * 100:F1} %");

    /// <summary>(Σx)² / (n·Σx²), after R. Jain, 1984.</summary>
    public static double Jain(IReadOnlyList<double> values) => Math.Pow(values.Sum(), 2) / (values.Count * values.Sum(static v => v * v));

    /// <summary>From the highest class down, each gets what it asks while workers are left: worker-seconds a second, and those of the most critical.</summary>
    private static (double Work, double Critical) Possible(Scenario scenario)
    {
        double left = scenario.Workers * scenario.Left / scenario.Slowness, work = 0, critical = 0;
        for (int kind = 0; kind < Shoppers.Shares.Length; kind++)
        {
            double each = scenario.Weights[kind] * scenario.Mean;
            double asked = scenario.Load * scenario.Workers / scenario.Mean * Shoppers.Shares[kind];
            double used = Math.Min(left, asked * each);
            critical = kind == 0 ? used : critical;
            work += used;
            left -= used;
        }

        return (work, critical);
    }

    private static double Quantile(List<double> values, double quantile)
    {
        if (values.Count == 0)
        {
            return double.PositiveInfinity;
        }

        values.Sort();
        return values[Math.Min(values.Count - 1, (int)(quantile * values.Count))];
    }

    private static double Settled(bool[] good, double width)
    {
        int span = Math.Max(1, (int)(3 / width));
        for (int i = 3; i + span <= good.Length; i++)
        {
            if (good[i] && good[i..(i + span)].Count(static g => g) >= 0.93 * span)
            {
                return (i + 1) * width;
            }
        }

        return double.NaN;
    }
}
