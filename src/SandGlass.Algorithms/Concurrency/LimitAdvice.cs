namespace SandGlass.Algorithms.Concurrency;

/// <summary>What a fleet's hints come to, for one of its gateways.</summary>
/// <param name="Start">Where a gateway that knows nothing yet begins: the median of the others' limits.</param>
/// <param name="Queueing">
/// R of those that are at their limit (median), 1 where none is. A gateway that is not may still find the queue of the others in the
/// backend, and must not take it for what the work takes.
/// </param>
/// <param name="Stretch">
/// Of those at their limit the second highest (of two the mean), 0 unknown: what two others believe nobody is alone with. One gateway that probes hears what the others have in the backend, takes it
/// for slower work, and lets more wait there, which the next one hears: without this, four of them had each other believe in two and a half times the work. The median
/// is too much: it had the half of sixteen whose looks had found a backend twice as slow believe the half that had heard too little.
/// </param>
/// <param name="Even">The mean of the limits of all that are at theirs, this one included; 0 where no two are.</param>
/// <param name="Gateways">How many ask the backend, this one included, ≥ 1.</param>
public readonly record struct LimitAdvice(double Start, double Queueing, double Stretch, double Even, int Gateways = 1)
{
    // No backend answers after a hundred times as long as it takes, and no work has become ten times as long unheard; who says so is wrong. Nor does one gateway outvote all.
    private const double MostRatio = 100, MostStretch = 10, MostHeard = 1000;

    /// <summary>Whether most of the limits that <see cref="Start"/> is of have been reached some time.</summary>
    public bool IsLearnt { get; init; }

    /// <summary>Gateways at their limit that had something to say, this one included if it is one.</summary>
    public int Reached { get; init; }

    /// <summary>Round trips of the last windows of those.</summary>
    public double Heard { get; init; }

    /// <summary>R of those round trips; 0 where there are none.</summary>
    public double Measured { get; init; }

    /// <summary>Requests being worked on at once for one gateway, in the mean of all, at their limit or not; below 0 = unknown.</summary>
    public double InUse { get; init; } = -1;

    /// <summary>No fleet, or nobody has told anything.</summary>
    public static LimitAdvice None => new(0, 1, 0, 0);

    /// <summary>What follows from the hints.</summary>
    /// <param name="own">This gateway's.</param>
    /// <param name="others">The others'; nonsense among them is left out.</param>
    public static LimitAdvice Of(in LimitHint own, IEnumerable<LimitHint> others)
    {
        LimitHint[] all = [.. others];
        LimitHint[] sound = [.. all.Where(static h => h.Limit is >= 1 and < 1e9 && h.Ratio is > 0 and < 1e6 && h.Stretch is >= 0 and < 1e6)];
        if (sound.Length == 0)
        {
            return None with { Gateways = all.Length + 1, InUse = UseOf(own, all) };
        }

        LimitHint[] reached = [.. sound.Where(static h => h.IsReached)];
        double even = own.IsReached && reached.Length > 0 ? (reached.Sum(static h => h.Limit) + own.Limit) / (reached.Length + 1) : 0;
        double[] stretches = [.. reached.Select(static h => h.Stretch).Where(static s => s is > 1 / MostStretch and < MostStretch)];
        LimitHint[] heard = [.. reached.Append(own).Where(static h => h.IsReached && h.Heard is > 0 and < 1e9 && h.Measured is > 0 and < MostRatio).Select(static h => h with { Heard = Math.Min(h.Heard, MostHeard) })];
        double trips = heard.Sum(static h => h.Heard);
        return new(
            Median(sound.Select(static h => h.Limit)),
            reached.Length == 0 ? 1 : Math.Clamp(Median(reached.Select(static h => h.Ratio)), 1, MostRatio),
            stretches.Length switch { 0 => 0, < 3 => Median(stretches), _ => stretches.OrderDescending().ElementAt(1) },
            even,
            all.Length + 1)
        {
            IsLearnt = 2 * sound.Count(static h => !h.IsGuess) > sound.Length,
            Reached = heard.Length,
            Heard = trips,
            Measured = trips > 0 ? heard.Sum(static h => h.Heard * h.Measured) / trips : 0,
            InUse = UseOf(own, all),
        };
    }

    private static double UseOf(in LimitHint own, LimitHint[] others)
    {
        double[] work = [.. others.Append(own).Select(static h => h.Work).Where(static w => w is > 0 and < 1e9)];
        return work.Length == 0 ? -1 : work.Sum() / (others.Length + 1);
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
