using System.Text.Json;
using SandGlass.Algorithms.Breaking;
using SandGlass.Policy;
using SandGlass.Request;

namespace SandGlass.Admin;

/// <summary>
/// Breakers: where they stand, and forcing one. For the night on which somebody knows better than the ratios: a backend that must be left
/// alone, or one that is well although a few routes fail. It always ends by itself, and a restart ends it.
/// </summary>
internal static class BreakerEndpoints
{
    private static readonly TimeSpan Usual = TimeSpan.FromMinutes(10);

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder app, AdminParts parts)
    {
        app.MapGet("/api/breakers", () => Results.Json(
            parts.Host.State.Breakers.Select(b => Status(b.Key, b.Value, parts.Options.Time)).OrderBy(static b => b.Route, StringComparer.Ordinal), AdminHost.Json));
        app.MapPut("/api/breakers/{route}", async (string route, HttpContext http) =>
        {
            if (!parts.Host.State.Breakers.TryGetValue(route, out var breaker))
            {
                return AdminProblem.Of(404, "the policy has no route of that name with a breaker; GET /api/breakers lists them");
            }

            BreakerOrder? order;
            try
            {
                order = await JsonSerializer.DeserializeAsync<BreakerOrder>(http.Request.Body, AdminHost.Json, http.RequestAborted).ConfigureAwait(false);
            }
            catch (Exception fault) when (fault is JsonException or InvalidOperationException)
            {
                return AdminProblem.Of(400, "send {\"position\": \"open\", \"reason\": \"…\", \"for\": \"10m\"}; position is open, closed or auto, for is optional");
            }

            if (order?.Position is not ("open" or "closed" or "auto"))
            {
                return AdminProblem.Of(422, "position must be \"open\" (nothing passes), \"closed\" (everything does) or \"auto\" (it decides by itself)");
            }

            if (AdminProblem.OfReason(order.Reason, order.By) is { } unreasoned)
            {
                return unreasoned;
            }

            if (AdminProblem.OfTime(order.For, 1, out var lasts) is { } untimely)
            {
                return untimely;
            }

            if (order.Position != "auto" && Idle(parts.Host.Store.Current, route) is { } idle)
            {
                return AdminProblem.Of(409, idle);
            }

            var time = parts.Options.Time;
            var before = Status(route, breaker, time);
            breaker.Force(order.Position == "auto" ? null : new(
                order.Position == "open" ? BreakerPosition.Open : BreakerPosition.Closed,
                time.GetTimestamp() + (long)((lasts ?? Usual).TotalSeconds * time.TimestampFrequency)));
            var now = Status(route, breaker, time);
            parts.Audit.Write(order.By ?? "admin", http.Connection.RemoteIpAddress?.ToString() ?? "unknown", $"breaker {route}", order.Reason!.Trim(), before, now);
            return Results.Json(now, AdminHost.Json);
        });
    }

    // Forced or not, a rule that is off or in shadow turns nobody away; to say otherwise would cost somebody minutes.
    private static string? Idle(Snapshot snapshot, string route)
    {
        var rule = snapshot.Routes.FirstOrDefault(r => r.Name == route)?.Rules.FirstOrDefault(static r => r.Layer.Place == Place.Break);
        return rule is null ? "the policy has this route's breaker off, so nothing would happen; set its mode to \"enforce\", or throw a switch"
            : rule.Mode != Mode.Enforce ? "the policy has this route's breaker in shadow, so nothing would happen; set its mode to \"enforce\", or throw a switch"
            : null;
    }

    private static BreakerStatus Status(string route, CircuitBreaker breaker, TimeProvider time)
    {
        var now = time.GetTimestamp();
        var forced = breaker.Forced(now);
        return new(
            route,
            StatusReport.Kebab(breaker.Position(now)),
            forced is not null,
            forced is null ? null : Math.Round((double)(forced.Until - now) / time.TimestampFrequency, 1));
    }

    /// <summary>What a PUT says.</summary>
    /// <param name="Position">open, closed or auto.</param>
    /// <param name="Reason">Why.</param>
    /// <param name="For">How long; ten minutes where it is left out, a day at most.</param>
    /// <param name="By">Who, where the caller knows better than the token.</param>
    internal sealed record BreakerOrder(string? Position = null, string? Reason = null, string? For = null, string? By = null);

    /// <summary>One breaker.</summary>
    /// <param name="Route">Whose.</param>
    /// <param name="Position">closed, half-open or open.</param>
    /// <param name="Forced">Whether somebody has ordered that.</param>
    /// <param name="ForcedForSeconds">How long still.</param>
    internal sealed record BreakerStatus(string Route, string Position, bool Forced, double? ForcedForSeconds);
}
