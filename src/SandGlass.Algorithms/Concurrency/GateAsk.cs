namespace SandGlass.Algorithms.Concurrency;

/// <summary>
/// Who asks for a permit, as far as it decides who goes first. Higher criticality goes first; among equals those whose chain is within its
/// share, then who is in a session, then the higher cohort, then first attempts; among equals in all of that who came first.
/// </summary>
/// <param name="Criticality">0 (least) to 7; beyond counts as the nearest.</param>
/// <param name="InSession">Whether the client has begun what it should be able to finish.</param>
/// <param name="Cohort">0 to 7, from the client's hash of the hour: the same clients lose for an hour, and not each of them at some step.</param>
/// <param name="IsRetry">Whether it was refused or failed before.</param>
/// <param name="Deadline">Monotonic tick from which on the work is dead: nobody waits for it any more.</param>
/// <param name="Chain">What its chain holds of this gate, where shares are kept; else null.</param>
public readonly record struct GateAsk(
    int Criticality, bool InSession = false, int Cohort = 0, bool IsRetry = false, long Deadline = long.MaxValue, ChainLoad? Chain = null)
{
    /// <summary>Cohorts.</summary>
    public const int Cohorts = 8;

    internal int Class => Math.Clamp(Criticality, 0, GateQueue.Classes - 1);

    /// <summary>The lowest level of a class.</summary>
    internal static int LowestOf(int criticality) => criticality << 6;

    /// <summary>The place in the one order of all waiters.</summary>
    internal int Level(bool withinShare) =>
        (Class << 6) | (withinShare ? 1 << 5 : 0) | (InSession ? 1 << 4 : 0) | (Math.Clamp(Cohort, 0, Cohorts - 1) << 1) | (IsRetry ? 0 : 1);
}
