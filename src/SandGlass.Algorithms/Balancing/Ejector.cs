namespace SandGlass.Algorithms.Balancing;

/// <summary>Ejects outliers among the destinations of one backend, never more at once than the plan allows: the rest would fall too.</summary>
public sealed class Ejector
{
    private readonly Lock _lock = new();

    /// <summary>A call to one of them has ended.</summary>
    /// <param name="plan">The rules, as they are now.</param>
    /// <param name="all">The detectors of all destinations.</param>
    /// <param name="which">The one that was called.</param>
    /// <param name="failed">How it ended.</param>
    /// <param name="now">Monotonic ticks.</param>
    /// <returns>Whether this call was the last straw.</returns>
    public bool Report(in EjectionPlan plan, ReadOnlySpan<OutlierDetector> all, int which, bool failed, long now)
    {
        if (!all[which].Report(plan, failed, now))
        {
            return false;
        }

        lock (_lock)
        {
            int ejected = 0;
            foreach (OutlierDetector one in all)
            {
                ejected += one.IsEjected(now) ? 1 : 0;
            }

            // Two calls may have found the same outlier.
            if (all[which].IsEjected(now) || ejected >= plan.Most(all.Length))
            {
                return false;
            }

            all[which].Eject(plan, now);
            return true;
        }
    }
}
