using System.Text.Json;
using Microsoft.Net.Http.Headers;
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
                if (isDry ? !parts.Board.IsSeen(order) : !parts.Board.TryThrow(order, out _))
                {
                    return Stale(plan.State, parts.Host.State.Fleet.Share.IsMember, http);
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
        http.Response.Headers.ETag = $"\"{one.Etag}\"";
        return Results.Json(one, AdminHost.Json);
    }

    private static IResult Stale(SwitchState state, bool isShared, HttpContext http)
    {
        var (now, tag) = (state.Now, SwitchTag.Of(state.Register));
        http.Response.Headers.ETag = $"\"{tag}\"";
        var isVersion = isShared && Seen(http)?.All(static t => t.All(char.IsAsciiDigit)) == true;
        return AdminProblem.Of(
            412,
            isVersion ? $"a version alone names no one change in a fleet; look at {state.Id}, and send the ETag that it has"
            : now.By is null ? $"{state.Id} was never thrown here, and what If-Match names is not that; look at it, and throw it again if you still want to"
            : $"{state.Id} was changed meanwhile: {now.By} turned it {(now.On ? "on" : "off")} ({now.Reason}); look at it, and throw it again if you still want to",
            new Dictionary<string, object?> { ["version"] = now.Version, ["etag"] = tag });
    }

    private static IResult Unknown(AdminParts parts) =>
        AdminProblem.Of(404, $"the policy has no such switch; it has {string.Join(", ", parts.Host.Store.Current.Switches.Keys.Order(StringComparer.Ordinal))}");

    private static string From(HttpContext http) => http.Connection.RemoteIpAddress?.ToString() ?? "unknown";

    // RFC 9110 §13.1.1: "*" is any, and of a list one is enough; a weak tag is never the present one, nor is what is no tag at all.
    private static IReadOnlyCollection<string>? Seen(HttpContext http) => http.Request.Headers.IfMatch is var tags && tags is [] or ["*"]
        ? null
        : EntityTagHeaderValue.TryParseList([.. tags.OfType<string>()], out var read) ? [.. read.Where(static t => !t.IsWeak && t.Tag.Length > 1).Select(static t => t.Tag.Subsegment(1, t.Tag.Length - 2).ToString())] : [];

    /// <summary>What a PUT says.</summary>
    /// <param name="On">On or off.</param>
    /// <param name="Reason">Why.</param>
    /// <param name="For">How long.</param>
    /// <param name="DryRun">Only tell the effect.</param>
    /// <param name="By">Who, where the caller knows better than the token.</param>
    internal sealed record SwitchChange(bool? On = null, string? Reason = null, string? For = null, bool? DryRun = null, string? By = null);
}
