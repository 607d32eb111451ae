using SandGlass.LoadTests.Planning;

namespace SandGlass.LoadTests.Running;

/// <summary>A journey that begins: when, in seconds from the begin of what is measured, and in a replay what it asks for.</summary>
internal readonly record struct Arrival(double At, Replayed? Replayed = null);

/// <summary>The arrivals of one scenario, warm-up first, at negative times.</summary>
internal sealed class ArrivalStream : IDisposable
{
    private readonly IEnumerator<Arrival> _arrivals;

    public ArrivalStream(int scenario, IEnumerable<Arrival> arrivals)
    {
        Scenario = scenario;
        _arrivals = arrivals.GetEnumerator();
        Move();
    }

    public int Scenario { get; }

    /// <summary>The next one; at infinity when there is none.</summary>
    public Arrival Next { get; private set; }

    /// <summary>How many came before it.</summary>
    public long Number { get; private set; } = -1;

    /// <summary>All that a scenario of the open model plans. Warm-up is its mean rate, evenly, as long as its WarmUpDuration says.</summary>
    public static IEnumerable<Arrival> Of(Scenario scenario, OpenPlan plan, Dice dice)
    {
        var seconds = scenario.WarmUp.TotalSeconds;
        var warming = plan.Seconds > 0 ? (long)Math.Round(plan.Count / plan.Seconds * seconds) : 0;
        for (long i = 0; i < warming; i++)
        {
            yield return new((((i + 0.5) / warming) - 1) * seconds);
        }

        foreach (var at in plan.Arrivals(scenario.Spacing, dice))
        {
            yield return new(at);
        }
    }

    public void Move()
    {
        Next = _arrivals.MoveNext() ? _arrivals.Current : new(double.PositiveInfinity);
        Number++;
    }

    public void Dispose() => _arrivals.Dispose();
}
