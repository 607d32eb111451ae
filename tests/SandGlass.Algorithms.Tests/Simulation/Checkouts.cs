using SandGlass.Algorithms.Concurrency;

namespace SandGlass.Algorithms.Tests.Simulation;

/// <summary>Buyers who need four answers in a row, with a tenth of a second to think in between, and who give a step up after three tries.</summary>
internal sealed class Checkouts(VirtualTime time, Random random, Gateway gateway, bool knowsSessions)
{
    /// <summary>Requests to a check-out.</summary>
    public const int Steps = 4;

    private const int Attempts = 3;

    /// <summary>Seconds at which one was through.</summary>
    public List<double> Completed { get; } = [];

    /// <summary>Buyers arrive, so many a second, for ever.</summary>
    public void Arrive(double rate) => time.In(-Math.Log(1 - random.NextDouble()) / rate, () =>
    {
        // Without knowledge of sessions and users, whoever comes is somebody else each time.
        Try(0, knowsSessions ? random.Next(GateAsk.Cohorts) : -1, 1);
        Arrive(rate);
    });

    private void Try(int step, int cohort, int attempt)
    {
        var ask = new GateAsk(3, knowsSessions && step > 0, cohort < 0 ? random.Next(GateAsk.Cohorts) : cohort, IsRetry: attempt > 1);
        gateway.Enter(ask, 0, 1, work =>
        {
            if (work > 0 && step + 1 == Steps)
            {
                Completed.Add(time.Seconds);
            }
            else if (work > 0)
            {
                time.In(0.1 * (0.5 + random.NextDouble()), () => Try(step + 1, cohort, 1));
            }
            else if (attempt < Attempts)
            {
                time.In(0.1 * (1 << (attempt - 1)) * (0.5 + random.NextDouble()), () => Try(step, cohort, attempt + 1));
            }
        });
    }
}
