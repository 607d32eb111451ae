using System.Globalization;
using SandGlass.Algorithms.Concurrency;
using SandGlass.Policy;
using SandGlass.Request;

namespace SandGlass.Layers.Shed;

/// <summary>Who asks a gate for a permit: what decides who goes first when not all can.</summary>
internal static class Standing
{
    /// <summary>Everything that the gate wants to know. Allocates nothing.</summary>
    public static GateAsk Of(Passage passage, ShedPlan plan, BackendGate gate, ChainLoad? chain, long unixSeconds)
    {
        var patience = PatienceOf(passage, plan);
        return new(
            (int)passage.Criticality,
            InSession: plan.Session?.Holds(passage, unixSeconds) == true,
            Cohort: (int)(ClientPosition.OfTheHour(gate.State.HourNow, passage) * GateAsk.Cohorts),
            IsRetry: IsRetry(passage, plan.RetryHeader),
            // What is left must be enough for the backend to answer.
            Deadline: passage.DueFrom + patience - gate.State.Limit.TimeFor(plan.RouteSlot, patience),
            Chain: chain);
    }

    /// <summary>The same in words.</summary>
    public static string Words(Passage passage, in GateAsk ask) => string.Create(
        CultureInfo.InvariantCulture,
        $"{passage.Criticality.Word()}, {(ask.InSession ? "in a session" : "in no session")}, cohort {ask.Cohort} of 0 to {GateAsk.Cohorts - 1} this hour{(ask.IsRetry ? ", a retry" : "")}");

    // The route's time, or a switch's, or what a trusted proxy says is left of it.
    private static long PatienceOf(Passage passage, ShedPlan plan)
    {
        var whole = (long)(passage.Timeout.TotalSeconds * plan.TicksPerSecond);
        return passage.WaitsMs > 0 ? Math.Min(whole, passage.WaitsMs * plan.TicksPerSecond / 1000) : whole;
    }

    private static bool IsRetry(Passage passage, string? header) =>
        header is not null
        && passage.Headers[header] is [{ } given]
        && int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var attempt)
        && attempt > 0;
}
