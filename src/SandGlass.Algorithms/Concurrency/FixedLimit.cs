namespace SandGlass.Algorithms.Concurrency;

/// <summary>A limit somebody knew: the plan's <see cref="ConcurrencyPlan.Initial"/>, kept within its bounds. Holds no state.</summary>
public sealed class FixedLimit : IConcurrencyLimit
{
    /// <inheritdoc/>
    public int Current(in ConcurrencyPlan plan) => Math.Max(plan.Min, Math.Min(plan.Initial, plan.Max));

    /// <inheritdoc/>
    public void Sample(in ConcurrencyPlan plan, long now, long roundTrip, int inFlight, Outcome outcome)
    {
    }
}
