using System.Globalization;
using System.Text.Json;
using SandGlass.Layers.Switch;
using SandGlass.Policy;

namespace SandGlass.Admin;

/// <summary>The switches: what there is, and throwing one.</summary>
internal static class SwitchEndpoints
{
    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder app, AdminParts parts, StatusReport status)
    {
        app.MapGet("/api/switches", () => Results.Json(status.Make().Switches, AdminHost.Json));
        app.MapGet("/api/switches/{id}", (string id, HttpContext http) =>
            parts.Host.Store.Current.Switches.TryGetValue(id, out var plan) ? Show(status.Switch(plan), http) : Unknown(parts));
        app.MapPut("/api/switches/{id}", async (string id, HttpContext http) =>
        {
            if (!parts.Host.Store.Current.Switches.TryGetValue(id, out var plan))
            {
                return Unknown(parts);
            }

            SwitchChange? change;
            try
            {
                change = await JsonSerializer.DeserializeAsync<SwitchChange>(http.Request.Body, AdminHost.Json, http.RequestAborted).ConfigureAwait(false);
            }
            catch (Exception fault) when (fault is JsonException or InvalidOperationException)
            {
                return AdminProblem.Of(400, "send {\"on\": true, \"reason\": \"…\", \"for\": \"30m\"}; for is optional");
            }

            return Refusal(change, plan, out var lasts)
                ?? Throw(new(id, change!.On == true, change.By ?? "admin", From(http), change.Reason!.Trim(), lasts, Seen(http)), change.DryRun == true, plan, http);
        });

        IResult Throw(SwitchOrder order, bool isDry, SwitchPlan plan, HttpContext http)
        {
            try
            {
                if (isDry ? order.Seen is { } seen && seen != plan.State.Now.Version : !parts.Board.TryThrow(order, out _))
                {
                    return Stale(order.Id, plan.State.Now, http);
                }
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                return AdminProblem.Of(503, $"the state folder cannot be written ({fault.Message}), so nothing was changed; mend it and try again");
            }

            return parts.Host.Store.Current.Switches.TryGetValue(order.Id, out var latest)
                ? Show(status.Switch(latest), http)
                : AdminProblem.Of(404, "the policy was changed meanwhile and has no such switch any more");
        }
    }

    private static IResult? Refusal(SwitchChange? change, SwitchPlan plan, out TimeSpan? lasts)
    {
        lasts = null;
        return change?.On is not { } on ? AdminProblem.Of(422, "on must be true or false")
            : AdminProblem.OfReason(change.Reason, change.By) ?? AdminProblem.OfTime(change.For, 30, out lasts)
            ?? (on && plan.Mode == Mode.Off ? AdminProblem.Of(409, $"the switch {plan.Name} has mode \"off\", or its layer has, so it cannot be thrown; change the policy") : null);
    }

    private static IResult Show(SwitchStatus one, HttpContext http)
    {
        http.Response.Headers.ETag = Tag(one.Version);
        return Results.Json(one, AdminHost.Json);
    }

    private static IResult Stale(string id, SwitchState.Position now, HttpContext http)
    {
        http.Response.Headers.ETag = Tag(now.Version);
        return AdminProblem.Of(
            412,
            $"{id} was changed meanwhile: {now.By ?? "nobody"} turned it {(now.On ? "on" : "off")} ({now.Reason}); look at it, and throw it again if you still want to",
            new Dictionary<string, object?> { ["version"] = now.Version });
    }

    private static IResult Unknown(AdminParts parts) =>
        AdminProblem.Of(404, $"the policy has no such switch; it has {string.Join(", ", parts.Host.Store.Current.Switches.Keys.Order(StringComparer.Ordinal))}");

    private static string Tag(long version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    private static string From(HttpContext http) => http.Connection.RemoteIpAddress?.ToString() ?? "unknown";

    // RFC 9110 §13.1.1: "*" is any version; whatever is no version of ours, a weak tag too, is none that could be the present one.
    private static long? Seen(HttpContext http) => http.Request.Headers.IfMatch.ToString() switch
    {
        "" or "*" => null,
        ['"', .. var version, '"'] when long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
        _ => -1,
    };

    /// <summary>What a PUT says.</summary>
    /// <param name="On">On or off.</param>
    /// <param name="Reason">Why.</param>
    /// <param name="For">How long.</param>
    /// <param name="DryRun">Only tell the effect.</param>
    /// <param name="By">Who, where the caller knows better than the token.</param>
    internal sealed record SwitchChange(bool? On = null, string? Reason = null, string? For = null, bool? DryRun = null, string? By = null);
}
