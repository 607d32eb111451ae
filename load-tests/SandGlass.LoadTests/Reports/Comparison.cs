using SandGlass.LoadTests.Measuring;

namespace SandGlass.LoadTests.Reports;

/// <summary>A number of two runs.</summary>
internal sealed record Difference(string Scenario, string What, double A, double B, bool Matters);

/// <summary>
/// Two runs side by side, and which differences matter. Shares of outcomes: where three standard errors of both together, and half a percentage point, are exceeded. Percentiles: where
/// the bands in which they lie (order statistics, three standard deviations of a binomial) do not touch, and they are 5 % apart. Both take requests for independent, which those of one
/// overload are not quite, so a mark says "look here" and not "proven"; two runs that were each repeated say more.
/// </summary>
internal static class Comparison
{
    private const double Deviations = 3;
    private const double LeastShare = 0.005;
    private const double LeastRatio = 1.05;
    private static readonly (string Name, double Part)[] Percentiles = [("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("p99.9", 0.999)];

    /// <summary>Scenarios of both, by name.</summary>
    public static IEnumerable<Difference> Of(RunReport a, RunReport b)
    {
        foreach (var left in a.Scenarios)
        {
            if (b.Scenarios.FirstOrDefault(s => s.Name == left.Name) is not { } right)
            {
                continue;
            }

            var (n, m) = (left.Requests, right.Requests);
            foreach (var outcome in Outcomes.All.Select(Outcomes.Name))
            {
                var (x, y) = (Count(left, outcome), Count(right, outcome));
                if (x + y > 0)
                {
                    yield return new(left.Name, $"{outcome}, % of requests", 100.0 * x / Math.Max(1, n), 100.0 * y / Math.Max(1, m), SharesDiffer(x, n, y, m));
                }
            }

            var (before, after) = (Good(left), Good(right));
            foreach (var (name, part) in Percentiles)
            {
                if (Band(before, part) is var (low, at, high) && Band(after, part) is var (low2, at2, high2))
                {
                    yield return new(left.Name, $"{name} of good answers, ms", at, at2, (high < low2 || high2 < low) && Math.Max(at, at2) > LeastRatio * Math.Min(at, at2));
                }
            }
        }
    }

    private static long Count(ScenarioReport scenario, string outcome) => scenario.Outcomes.FirstOrDefault(o => o.Outcome == outcome)?.Count ?? 0;

    private static bool SharesDiffer(long x, long n, long y, long m)
    {
        if (n == 0 || m == 0)
        {
            return false;
        }

        var pooled = (double)(x + y) / (n + m);
        var difference = Math.Abs(((double)x / n) - ((double)y / m));
        return difference >= LeastShare && difference > Deviations * Math.Sqrt(pooled * (1 - pooled) * ((1.0 / n) + (1.0 / m)));
    }

    private static SortedDictionary<long, long> Good(ScenarioReport scenario)
    {
        var sum = new SortedDictionary<long, long>();
        foreach (var bucket in scenario.Outcomes.Where(static o => o.Outcome is "200" or "stale").SelectMany(static o => o.FromPlan.Buckets))
        {
            sum[bucket[0]] = sum.GetValueOrDefault(bucket[0]) + bucket[1];
        }

        return sum;
    }

    // Null where too few are beyond the percentile to say anything about it.
    private static (double Low, double At, double High)? Band(SortedDictionary<long, long> buckets, double part)
    {
        var count = buckets.Values.Sum();
        if (count * (1 - part) < 10)
        {
            return null;
        }

        var spread = Deviations * Math.Sqrt(count * part * (1 - part));
        return (At(buckets, (count * part) - spread), At(buckets, count * part), At(buckets, (count * part) + spread));
    }

    private static double At(SortedDictionary<long, long> buckets, double rank)
    {
        long seen = 0;
        foreach (var (bucket, count) in buckets)
        {
            seen += count;
            if (seen >= rank)
            {
                return LogLinearHistogram.Middle((int)bucket) / TimeSpan.TicksPerMillisecond;
            }
        }

        return LogLinearHistogram.Middle((int)buckets.Keys.Last()) / TimeSpan.TicksPerMillisecond;
    }
}
