using System.Text.Json.Serialization;

namespace SandGlass.Plans;

/// <summary>Where a plan stands.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PlanPosition>))]
public enum PlanPosition
{
    /// <summary>Steps are still to come.</summary>
    Running,

    /// <summary>All steps are done; it stays until its end or until somebody takes it back.</summary>
    On,

    /// <summary>A step failed, and it stopped there. What was done before stays until somebody takes it back.</summary>
    Failed,

    /// <summary>Its steps are thrown in shadow, one a second, and taken back.</summary>
    Rehearsing,
}

/// <summary>
/// A plan that was started: immutable, and kept on the disk as it is. It goes on with the steps that it was started with, whatever a reload
/// makes of the plan.
/// </summary>
/// <param name="Plan">Its name.</param>
/// <param name="Position">Where it stands.</param>
/// <param name="Since">When it was started, wall clock.</param>
/// <param name="By">Who.</param>
/// <param name="Reason">Why.</param>
/// <param name="Steps">Its steps, in order.</param>
/// <param name="Ends">How long after its start it is taken back; null: when somebody does.</param>
/// <param name="Passed">How much of its time had passed when this was written; time never goes back behind it.</param>
/// <param name="Trouble">Why it stopped; null: it did not.</param>
/// <param name="Gateway">The gateway of the fleet where it was started.</param>
/// <param name="Conductor">The process that throws its steps; another takes its place when it is gone.</param>
public sealed record PlanRun(
    string Plan,
    PlanPosition Position,
    DateTimeOffset Since,
    string By,
    string Reason,
    IReadOnlyList<PlanRunStep> Steps,
    TimeSpan? Ends,
    TimeSpan Passed,
    string? Trouble = null,
    string? Gateway = null,
    string? Conductor = null)
{
    /// <summary>How many steps are done.</summary>
    [JsonIgnore]
    public int Done => Steps.Count(static s => s.Is != PlanStepIs.ToCome);

    /// <summary>The same with one step changed.</summary>
    public PlanRun With(int step, PlanRunStep now) => this with { Steps = [.. Steps.Select((s, i) => i == step ? now : s)] };
}

/// <summary>What became of a step.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PlanStepIs>))]
public enum PlanStepIs
{
    /// <summary>Its time has not come.</summary>
    ToCome,

    /// <summary>The plan has thrown the switch.</summary>
    Thrown,

    /// <summary>The switch was on already: the plan has not touched it, and will not take it back.</summary>
    WasOn,
}

/// <summary>One step of a plan that was started.</summary>
/// <param name="Switch">Its switch.</param>
/// <param name="After">How long after the start.</param>
/// <param name="Is">What became of it.</param>
public sealed record PlanRunStep(string Switch, TimeSpan After, PlanStepIs Is = PlanStepIs.ToCome);

/// <summary>What is remembered of a plan beside its run.</summary>
/// <param name="RehearsedAt">When it was last rehearsed to its end; null: never.</param>
/// <param name="Seen">The moment (phase or alarm) for which it was last started, so that one moment starts it once.</param>
/// <param name="Last">How its last run ended; null: it had none.</param>
public sealed record PlanMemory(DateTimeOffset? RehearsedAt = null, string? Seen = null, PlanEnd? Last = null);

/// <summary>How a run ended.</summary>
/// <param name="How">"reverted", "aborted", "ended" or "rehearsed".</param>
/// <param name="At">When, wall clock.</param>
/// <param name="By">Who.</param>
/// <param name="Reason">Why.</param>
/// <param name="Kept">Switches that it left alone, since somebody else had changed them meanwhile.</param>
/// <param name="Would">Of a rehearsal: requests that each switch would have touched.</param>
/// <param name="Gateway">The gateway of the fleet that ended it.</param>
public sealed record PlanEnd(
    string How, DateTimeOffset At, string By, string Reason, IReadOnlyList<string> Kept, IReadOnlyDictionary<string, long>? Would = null, string? Gateway = null);
