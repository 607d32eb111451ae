using SandGlass.Layers.Switch;

namespace SandGlass.Plans;

/// <summary>How a switch says that a plan has thrown it, or taken it back: in whose name, and why.</summary>
internal static class PlanSignature
{
    private const string Owns = ", plan ";

    // How the reasons begin of what a plan has turned off, after its name.
    private static readonly string[] TakeBacks = ["ended", "reverted", "aborted", "is over"];

    /// <summary>In whose name a run throws its switches.</summary>
    public static string Of(PlanRun run) => $"{run.By}{Owns}{run.Plan}";

    /// <summary>The plan that has thrown it; null: somebody else has, or it is off.</summary>
    public static string? Owner(SwitchState.Position position) =>
        position is { On: true, By: { } by } && by.LastIndexOf(Owns, StringComparison.Ordinal) is >= 0 and var at ? by[(at + Owns.Length)..] : null;

    /// <summary>Whether this plan has thrown it.</summary>
    public static bool IsOwned(SwitchState.Position position, string plan) => Owner(position) == plan;

    /// <summary>Whether this plan has turned it off.</summary>
    public static bool IsTakenBack(SwitchState.Position position, string plan) =>
        TakeBacks.Any(how => position.Reason?.StartsWith($"plan {plan} {how}", StringComparison.Ordinal) == true);
}
