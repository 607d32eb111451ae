using SandGlass.Algorithms.Rates;
using SandGlass.Layers.RateLimit;
using SandGlass.Policy;

namespace SandGlass.Admin;

/// <summary>How the rate limits stand: who counts together, and how far above the rate that may lead.</summary>
internal static class RateLimitReport
{
    public static IEnumerable<RateLimitStatus> Of(Snapshot snapshot, GatewayState state)
    {
        var fleet = state.Fleet;
        foreach (var (name, limit) in snapshot.Policy.RateLimits)
        {
            state.RateLimits.TryGetValue(name, out var happened);
            var shared = snapshot.Fleet?.Limits.FirstOrDefault(l => l.Name == name);
            var members = shared is null ? 1 : fleet.Members;
            yield return new(
                name,
                limit.Scope == RateScope.Fleet ? "fleet" : "local",
                limit.Rate?.ToString(),
                members,
                Math.Round(shared?.Bound(members) ?? RateLimitCompiler.Most(limit), 1),
                Math.Round((shared?.Limit.Leases.Sum(static l => l.Bucket.Left) ?? 0) / (double)LeasePlan.Unit, 1),
                shared?.Limit.Count ?? 0,
                shared is null ? "none" : fleet.IsUp ? "up" : "down",
                shared is null ? null : fleet.Trouble,
                happened?.Admitted.Sum() ?? 0,
                happened?.Refused.Sum() ?? 0);
        }
    }
}
