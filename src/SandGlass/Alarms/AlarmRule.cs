using SandGlass.Algorithms.Alarms;
using SandGlass.Policy;
using SandGlass.Request;

namespace SandGlass.Alarms;

/// <summary>One alarm of the policy, compiled.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Policy">What the operator wrote.</param>
/// <param name="Metric">What is measured.</param>
/// <param name="Plan">When it speaks.</param>
/// <param name="Routes">Whose requests are measured.</param>
public sealed record AlarmRule(string Name, AlarmPolicy Policy, AlarmMetric Metric, AlarmPlan Plan, IReadOnlyList<RoutePlan> Routes)
{
    // Even with "for": "0s" an alarm stays for this long, or a value that swings each second would wake somebody each second.
    private static readonly TimeSpan LeastCalm = TimeSpan.FromSeconds(10);

    /// <summary>In one line: "latency.p99 of transaction above 300ms for 30s".</summary>
    public string Text { get; } =
        $"{Policy.Metric}{Of(Policy)} {(Policy.Above is null ? "below" : "above")} {Policy.Above ?? Policy.Below} for {Policy.For}";

    /// <summary>Compiles a valid one.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="policy">What the operator wrote.</param>
    /// <param name="routes">All routes of the policy.</param>
    /// <param name="ticksPerSecond">Of the monotonic clock.</param>
    public static AlarmRule Of(string name, AlarmPolicy policy, IEnumerable<RoutePlan> routes, long ticksPerSecond)
    {
        ArgumentNullException.ThrowIfNull(policy);
        var level = (policy.Above ?? policy.Below)?.Value ?? double.NaN;
        var lasts = policy.For.Value;
        return new(
            name,
            policy,
            AlarmMetric.Find(policy.Metric) ?? throw new ArgumentException("the metric is not known", nameof(policy)),
            new(policy.Above is not null, level, policy.Clear?.Value ?? level, Ticks(lasts), Ticks(lasts > LeastCalm ? lasts : LeastCalm)),
            [.. routes.Where(r => Includes(policy, r.Chain, r.Criticality))]);

        long Ticks(TimeSpan span) => (long)(span.TotalSeconds * ticksPerSecond);
    }

    /// <summary>Whether an alarm measures the requests of a route.</summary>
    public static bool Includes(AlarmPolicy policy, string chain, Criticality criticality)
    {
        ArgumentNullException.ThrowIfNull(policy);
        return (policy.Chain is null || policy.Chain == chain) && (policy.Criticality is null || policy.Criticality == criticality);
    }

    private static string Of(AlarmPolicy policy) => (policy.Chain, policy.Criticality) switch
    {
        (null, null) => string.Empty,
        ({ } chain, null) => $" of {chain}",
        (null, { } rank) => $" of {PolicyShape.Word(rank)}",
        ({ } chain, { } rank) => $" of {chain}, {PolicyShape.Word(rank)}",
    };
}
