using System.Text.Json;
using SandGlass.Plans;

namespace SandGlass.Admin;

/// <summary>The plans: what there is, starting one, and taking it back.</summary>
internal static class PlanEndpoints
{
    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder app, AdminParts parts)
    {
        var report = parts.PlanReport;
        app.MapGet("/api/plans", () => Results.Json(report.All(), AdminHost.Json));
        app.MapGet("/api/plans/{id}", (string id) => report.Of(id) is { } plan ? Results.Json(plan, AdminHost.Json) : Unknown());
        app.MapPost("/api/plans/{id}/start", (string id, HttpContext http) => ChangeAsync(id, http, (change, from) =>
            change.DryRun == true ? null : parts.Plans.Start(id, change.By ?? "admin", from, change.Reason!.Trim(), change.Rehearse == true)));
        app.MapPost("/api/plans/{id}/revert", (string id, HttpContext http) => ChangeAsync(id, http, (change, from) =>
            change.DryRun == true ? null : parts.Plans.TakeBack(id, "reverted", change.By ?? "admin", from, change.Reason!.Trim())));
        app.MapPost("/api/plans/{id}/abort", (string id, HttpContext http) => ChangeAsync(id, http, (change, from) =>
            change.DryRun == true ? null : parts.Plans.TakeBack(id, "aborted", change.By ?? "admin", from, change.Reason!.Trim())));

        async Task<IResult> ChangeAsync(string id, HttpContext http, Func<PlanChange, string, string?> act)
        {
            if (report.Of(id) is null)
            {
                return Unknown();
            }

            PlanChange? change;
            try
            {
                change = await JsonSerializer.DeserializeAsync<PlanChange>(http.Request.Body, AdminHost.Json, http.RequestAborted).ConfigureAwait(false);
            }
            catch (Exception fault) when (fault is JsonException or InvalidOperationException)
            {
                return AdminProblem.Of(400, "send {\"reason\": \"…\"}; dryRun and rehearse are optional");
            }

            if (AdminProblem.OfReason(change?.Reason, change?.By) is { } unreasoned)
            {
                return unreasoned;
            }

            try
            {
                var from = http.Connection.RemoteIpAddress?.ToString() ?? "unknown";
                return act(change!, from) is { } why ? AdminProblem.Of(409, $"{id}: {why}")
                    : report.Of(id) is { } plan ? Results.Json(plan, AdminHost.Json)
                    : Results.Json(new { id, state = "idle" }, AdminHost.Json);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                return AdminProblem.Of(503, $"the state folder cannot be written ({fault.Message}); mend it, look where the plan stands, and try again");
            }
        }

        IResult Unknown() => AdminProblem.Of(404, parts.Host.Store.Current.Policy.Plans is { Count: > 0 } plans
            ? $"the policy has no such plan; it has {string.Join(", ", plans.Keys)}" : "the policy has no plans");
    }

    /// <summary>What a POST says.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="DryRun">Only tell the effect of each step.</param>
    /// <param name="Rehearse">In shadow, for seconds.</param>
    /// <param name="By">Who, where the caller knows better than the token.</param>
    internal sealed record PlanChange(string? Reason = null, bool? DryRun = null, bool? Rehearse = null, string? By = null);
}
