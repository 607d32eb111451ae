using System.Text.Json;

namespace SandGlass.OverloadProbe;

// One measurement, as overload.sh writes it. Moments and times are seconds since the load began; "times" are multiples of the capacity.

/// <summary>From a moment on.</summary>
internal sealed record LoadStep(double At, double Times);

/// <summary>
/// A chain: its part of the load; one request, or the steps of a journey, as "METHOD /path"; how often its clients try again.
/// </summary>
internal sealed record ChainPlan(string Name, double Share, bool Critical, string[] Steps, int Retries = 0);

/// <summary>What is asked of a shop's control at a moment, and what of the capacity is left from then on.</summary>
internal sealed record Change(double At, string Url, double? Capacity);

/// <summary>Where the judge looks.</summary>
/// <param name="From">Begin of what is measured.</param>
/// <param name="To">End of it.</param>
/// <param name="Step">When it became hard: time to settle counts from here. Null: not asked.</param>
/// <param name="Back">When it became easy again: time to recover counts from here. Null: not asked.</param>
/// <param name="BackShare">Share of those who come that must end well for it to count as recovered.</param>
/// <param name="BackChain">Whose recovery counts; null is everybody's.</param>
/// <param name="Apart">A chain that has a backend of its own and is not measured; null is none.</param>
/// <param name="Quiet">A window before, whose p99 that of the measured one is compared with; null is none.</param>
/// <param name="Slow">How many times as long the work takes in the measured window.</param>
internal sealed record JudgePlan(
    double From,
    double To,
    double? Step,
    double? Back,
    double BackShare = 0.99,
    string? BackChain = null,
    string? Apart = null,
    double[]? Quiet = null,
    double Slow = 1);

/// <summary>The processes whose part of the machine is told.</summary>
internal sealed record Processes(int[] Gateways, int[] Shops);

/// <summary>A load before anything is measured, on a backend that is not measured: so that gateways have compiled what they need under overload and learnt nothing of the one that is.</summary>
internal sealed record Practice(string Path, double PerSecond, double Seconds);

/// <summary>All of it.</summary>
internal sealed record Plan(
    string Scenario,
    string Who,
    string[] Targets,
    string[] Admins,
    int Seed,
    double Seconds,
    LoadStep[] Load,
    double Capacity,
    double ServiceMs,
    double Sigma,
    double PatienceMs,
    ChainPlan[] Chains,
    Change[] Changes,
    JudgePlan Judge,
    Processes Processes,
    bool AtOnce = true,
    double Obey = 0,
    double ThinkMs = 200,
    Practice? Practice = null,
    Dictionary<string, double>? Aims = null)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { AllowTrailingCommas = true };

    public static Plan Read(string file) => JsonSerializer.Deserialize<Plan>(File.ReadAllBytes(file), Options) ?? throw new JsonException("the plan is null");

    /// <summary>The p99 of the work alone.</summary>
    public double ServiceP99 => ServiceMs * Math.Exp((2.3263 * Sigma) - (Sigma * Sigma / 2)) * Judge.Slow;

    /// <summary>The load at a moment, as a multiple of the capacity.</summary>
    public double TimesAt(double at) => Load.LastOrDefault(step => step.At <= at)?.Times ?? 0;

    /// <summary>Requests a second that the shop bears at a moment.</summary>
    public double CapacityAt(double at) => Capacity * (Changes.LastOrDefault(change => change.At <= at && change.Capacity is not null)?.Capacity ?? 1);
}
