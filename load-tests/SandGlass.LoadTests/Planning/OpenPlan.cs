namespace SandGlass.LoadTests.Planning;

/// <summary>How journeys of the open model follow each other.</summary>
internal enum Spacing
{
    /// <summary>As even as the rate is.</summary>
    Even,

    /// <summary>As strangers come, who know nothing of each other: a Poisson process with its number fixed.</summary>
    Poisson,
}

/// <summary>When the journeys of a scenario begin: all of it is known before the first one does.</summary>
internal sealed class OpenPlan
{
    private readonly List<RatePiece> _pieces = [];
    private readonly List<long> _counts = [];

    /// <param name="simulations">Of the open model, and pauses.</param>
    /// <param name="dice">For the rates of <see cref="InjectRandom"/>.</param>
    public OpenPlan(IEnumerable<Simulation> simulations, Dice dice)
    {
        double rate = 0;
        foreach (var simulation in simulations)
        {
            var first = _pieces.Count;
            rate = Add(simulation, rate, ref dice);
            _counts.Add(_pieces.Skip(first).Sum(static p => p.Count));
        }
    }

    /// <summary>How long it takes.</summary>
    public double Seconds { get; private set; }

    /// <summary>How many journeys begin in each simulation.</summary>
    public IReadOnlyList<long> Counts => _counts;

    /// <summary>All journeys.</summary>
    public long Count => _counts.Sum();

    /// <summary>Journeys a second, planned, at a moment.</summary>
    public double RateAt(double at)
    {
        foreach (var piece in _pieces)
        {
            if (at >= piece.From && at < piece.From + piece.Seconds)
            {
                return piece.First + ((piece.Last - piece.First) * (at - piece.From) / piece.Seconds);
            }
        }

        return 0;
    }

    /// <summary>The moments, in order, in seconds since the begin.</summary>
    public IEnumerable<double> Arrivals(Spacing spacing, Dice dice)
    {
        foreach (var piece in _pieces)
        {
            double poisson = 0;
            for (long i = 0; i < piece.Count; i++)
            {
                if (spacing == Spacing.Even)
                {
                    yield return piece.At((i + 0.5) / piece.Count);
                    continue;
                }

                // The smallest of the k that are left, all uniform in what is left: so they come in order and none is stored.
                poisson += (1 - poisson) * (1 - Math.Pow(1 - dice.Roll(), 1.0 / (piece.Count - i)));
                yield return piece.At(Math.Min(1, poisson));
            }
        }
    }

    private double Add(Simulation simulation, double before, ref Dice dice)
    {
        switch (simulation)
        {
            case Inject steady:
                var rate = steady.Rate / steady.Interval.TotalSeconds;
                Add(steady.During.TotalSeconds, rate, rate);
                return rate;
            case RampingInject ramp:
                var last = ramp.Rate / ramp.Interval.TotalSeconds;
                Add(ramp.During.TotalSeconds, before, last);
                return last;
            case IterationsForInject some:
                var each = some.Rate / some.Interval.TotalSeconds;
                Add(some.Iterations / each, each, each);
                return each;
            case InjectRandom random:
                return AddRandom(random, ref dice);
            case Pause pause:
                Seconds += pause.During.TotalSeconds;
                return 0;
            default:
                throw new ArgumentOutOfRangeException(nameof(simulation), simulation, "of the closed model");
        }
    }

    private double AddRandom(InjectRandom random, ref Dice dice)
    {
        double rate = 0, exact = 0;
        var left = random.During.TotalSeconds;
        while (left > 1e-9)
        {
            var seconds = Math.Min(left, random.Interval.TotalSeconds);
            rate = (random.MinRate + ((random.MaxRate - random.MinRate) * dice.Roll())) / random.Interval.TotalSeconds;
            Add(seconds, rate, rate, exact);
            exact += rate * seconds;
            left -= seconds;
        }

        return rate;
    }

    // exact: what the simulation's earlier pieces amount to, so that rounding does not add up over many short ones.
    private void Add(double seconds, double first, double last, double exact = 0)
    {
        var count = (long)(Math.Round(exact + RatePiece.Area(seconds, first, last)) - Math.Round(exact));
        _pieces.Add(new(Seconds, seconds, first, last, count));
        Seconds += seconds;
    }
}
