namespace SandGlass.Policy;

/// <summary>Retries and hedges: safe to send twice, with somebody else to send to, and in time.</summary>
internal static class AttemptValidator
{
    private static readonly string[] _safe = ["GET", "HEAD", "OPTIONS"];
    private static readonly string[] _idempotent = [.. _safe, "PUT", "DELETE"];

    public static void Validate(GatewayPolicy policy, RoutePolicy route, string at, Findings findings)
    {
        IReadOnlyList<string>? methods = route.Match.Methods;
        if (route.Retry is { Attempts: > 0 })
        {
            if (methods is { Count: > 0 } && !methods.Any(_idempotent.Contains))
            {
                findings.Add(PolicyRules.NoEffect, at + "/retry", "only GET, HEAD, OPTIONS, PUT and DELETE are tried again, and this route takes none of them");
            }
            else
            {
                Elsewhere(policy, route, at + "/retry", findings);
            }
        }

        if (route.Hedge is { } hedge)
        {
            Hedge(policy, route, hedge, methods, at + "/hedge", findings);
        }
    }

    private static void Hedge(
        GatewayPolicy policy, RoutePolicy route, HedgePolicy hedge, IReadOnlyList<string>? methods, string at, Findings findings)
    {
        if (methods is null || methods.FirstOrDefault(m => !_safe.Contains(m)) is { } found && found.Length > 0)
        {
            string which = methods is null ? "the route takes any method" : $"the route takes {methods.First(m => !_safe.Contains(m))}";
            findings.Add(PolicyRules.UnsafeHedge, at, $"{which}, and a hedge may send a request twice; list only GET, HEAD and OPTIONS in \"methods\"");
            return;
        }

        Duration timeout = route.Timeout ?? Duration.FromSeconds(10);
        if (hedge.After >= timeout)
        {
            findings.Add(PolicyRules.NoEffect, at + "/after", $"after {hedge.After} the timeout of {timeout} has ended the request; hedge sooner");
        }

        Elsewhere(policy, route, at, findings);
    }

    /// <summary>A second attempt goes to another destination; where there is none, there is no second attempt.</summary>
    private static void Elsewhere(GatewayPolicy policy, RoutePolicy route, string at, Findings findings)
    {
        if (policy.Backends.TryGetValue(route.Backend ?? route.Chain, out BackendPolicy? backend)
            && backend.Destinations.Count == 1 && backend.Failover is null)
        {
            findings.Add(PolicyRules.NoEffect, at, $"the backend {Words.Quote(route.Backend ?? route.Chain)} has one destination and no failover, and a second attempt goes to another; add one");
        }
    }
}
