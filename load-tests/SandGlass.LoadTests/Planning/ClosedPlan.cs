namespace SandGlass.LoadTests.Planning;

/// <summary>How many users there are at each moment; each begins its next journey when the last one has ended.</summary>
internal sealed class ClosedPlan
{
    private readonly List<(double From, double Seconds, double First, double Last)> _pieces = [];

    /// <param name="simulations">Of the closed model, and pauses.</param>
    public ClosedPlan(IEnumerable<Simulation> simulations)
    {
        double before = 0;
        foreach (var simulation in simulations)
        {
            switch (simulation)
            {
                case KeepConstant keep:
                    Add(keep.During.TotalSeconds, keep.Copies, before = keep.Copies);
                    break;
                case RampingConstant ramp:
                    Add(ramp.During.TotalSeconds, before, ramp.Copies);
                    before = ramp.Copies;
                    break;
                case IterationsForConstant some:
                    Iterations = some.Iterations;
                    Add(double.PositiveInfinity, some.Copies, some.Copies);
                    break;
                case Pause pause:
                    Add(pause.During.TotalSeconds, 0, before = 0);
                    break;
                default:
                    throw new ArgumentOutOfRangeException(nameof(simulations), simulation, "of the open model");
            }
        }
    }

    /// <summary>How long it takes; infinite where iterations are counted.</summary>
    public double Seconds { get; private set; }

    /// <summary>How many journeys begin at most, where that is what ends it.</summary>
    public long? Iterations { get; }

    /// <summary>The most users at once.</summary>
    public int Most => _pieces.Count == 0 ? 0 : (int)Math.Round(_pieces.Max(static p => Math.Max(p.First, p.Last)));

    /// <summary>Users at a moment, whole.</summary>
    public int CopiesAt(double at)
    {
        foreach (var (from, seconds, first, last) in _pieces)
        {
            if (at >= from && at < from + seconds)
            {
                return (int)Math.Round(first + (last == first ? 0 : (last - first) * (at - from) / seconds), MidpointRounding.AwayFromZero);
            }
        }

        return 0;
    }

    private void Add(double seconds, double first, double last)
    {
        _pieces.Add((Seconds, seconds, first, last));
        Seconds += seconds;
    }
}
