using SandGlass.Algorithms.Concurrency;

namespace SandGlass.Algorithms.Tests.Simulation;

/// <summary>Clients that arrive whatever happens, in four classes, leave after a second and come back twice after a failure, as people and their apps do.</summary>
internal sealed class Shoppers(VirtualTime time, Random random, Gateway[] gateways, Scenario scenario)
{
    /// <summary>Seconds.</summary>
    public const double Patience = 1;

    /// <summary>How many of the gateways are asked, the first ones.</summary>
    public int Asked { get; set; } = gateways.Length;

    private double Pause => 0.1 * scenario.Scale;

    /// <summary>Shares of the classes, the most critical first. It is also the route.</summary>
    public static readonly double[] Shares = [0.2, 0.1, 0.1, 0.6];

    private double _rate;

    /// <summary>Answers in time: when, of which class, for how many worker-seconds, after how many seconds.</summary>
    public List<(double At, int Class, double Work, double Latency)> Served { get; } = [];

    /// <summary>Attempts of the most critical class that were refused, so far.</summary>
    public int CriticalRefused { get; private set; }

    /// <summary>First attempts so far.</summary>
    public int First { get; private set; }

    /// <summary>First attempts that ended without an answer, so far.</summary>
    public int FirstRefused { get; private set; }

    /// <summary>First attempts a second, from now on.</summary>
    public double Rate
    {
        get => _rate;
        set
        {
            bool idle = _rate <= 0;
            _rate = value;
            if (idle)
            {
                Next();
            }
        }
    }

    private void Next() => time.In(-Math.Log(1 - random.NextDouble()) / _rate, () =>
    {
        Try(Choose(random.NextDouble()), random.Next(GateAsk.Cohorts), 1);
        Next();
    });

    private void Try(int kind, int cohort, int attempt)
    {
        double began = time.Seconds;
        First += attempt == 1 ? 1 : 0;
        gateways[Asked == 1 ? 0 : random.Next(Asked)].Enter(new(3 - kind, Cohort: cohort, IsRetry: attempt > 1), kind, scenario.Weights[kind], work =>
        {
            if (work > 0)
            {
                Served.Add((time.Seconds, kind, work, time.Seconds - began));
            }
            else
            {
                CriticalRefused += kind == 0 ? 1 : 0;
                FirstRefused += attempt == 1 ? 1 : 0;
            }

            if (work <= 0 && attempt < scenario.Attempts)
            {
                time.In(Pause * (1 << (attempt - 1)) * (0.5 + random.NextDouble()), () => Try(kind, cohort, attempt + 1));
            }
        });
    }

    private static int Choose(double roll)
    {
        int kind = 0;
        while (kind < Shares.Length - 1 && (roll -= Shares[kind]) >= 0)
        {
            kind++;
        }

        return kind;
    }
}
