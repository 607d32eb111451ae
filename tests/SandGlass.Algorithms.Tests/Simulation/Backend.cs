namespace SandGlass.Algorithms.Tests.Simulation;

/// <summary>Workers before a queue that has no bound and knows no class, as a plain server is. Service times are lognormal.</summary>
internal sealed class Backend(VirtualTime time, Random random, Scenario scenario)
{
    /// <summary>Seconds a service takes on average.</summary>
    public const double Mean = 0.020;

    private readonly Queue<(double Work, double Since, Action<Outcome, double, double> Done)> _queue = new();
    private int _busy;
    private int _workers = scenario.Workers;

    /// <summary>Workers now. Fewer let the busy ones finish; 0 is a backend that hangs.</summary>
    public int Workers
    {
        get => _workers;
        set
        {
            _workers = value;
            Start();
        }
    }

    /// <summary>Every service time that begins from now on, times this.</summary>
    public double Slowness { get; set; } = 1;

    /// <summary>Share of the requests it answers at once with an error.</summary>
    public double Failing { get; set; }

    /// <summary>Takes a request; with the outcome comes how many seconds it waited for a worker, and how many the work takes one in no hurry.</summary>
    public void Take(double weight, Action<Outcome, double, double> done)
    {
        if (Failing > 0 && random.NextDouble() < Failing)
        {
            time.In(0.002, () => done(Outcome.Failure, 0, 0));
            return;
        }

        double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        double sigma = scenario.Sigma;
        _queue.Enqueue((weight * scenario.Mean * Math.Exp((sigma * normal) - (sigma * sigma / 2)), time.Seconds, done));
        Start();
    }

    private void Start()
    {
        while (_busy < _workers && _queue.TryDequeue(out (double Work, double Since, Action<Outcome, double, double> Done) next))
        {
            _busy++;
            double waited = time.Seconds - next.Since;
            double crowd = 1 + (scenario.Contention * Math.Max(0, _busy + _queue.Count - scenario.Workers));
            time.In(next.Work * Slowness * crowd, () =>
            {
                _busy--;
                next.Done(Outcome.Success, waited, next.Work);
                Start();
            });
        }
    }
}
