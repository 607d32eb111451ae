using System.Text.Json;

namespace SandGlass.Admin;

/// <summary>The switches: what there is, and throwing one.</summary>
internal static class SwitchEndpoints
{
    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder app, AdminParts parts, StatusReport status)
    {
        app.MapGet("/api/switches", () => Results.Json(status.Make().Switches, AdminHost.Json));
        app.MapPut("/api/switches/{id}", async (string id, HttpContext http) =>
        {
            if (!parts.Host.Store.Current.Switches.TryGetValue(id, out var plan))
            {
                return AdminProblem.Of(404, $"the policy has no such switch; it has {string.Join(", ", parts.Host.Store.Current.Switches.Keys.Order(StringComparer.Ordinal))}");
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

            return Throw(change, id, http);
        });

        IResult Throw(SwitchChange? change, string id, HttpContext http)
        {
            if (change?.On is not { } on)
            {
                return AdminProblem.Of(422, "on must be true or false");
            }

            if (AdminProblem.OfReason(change.Reason) is { } unreasoned)
            {
                return unreasoned;
            }

            if (AdminProblem.OfTime(change.For, 30, out var lasts) is { } untimely)
            {
                return untimely;
            }

            if (change.DryRun != true)
            {
                try
                {
                    parts.Board.Throw(id, on, change.By ?? "admin", http.Connection.RemoteIpAddress?.ToString() ?? "unknown", change.Reason!.Trim(), lasts);
                }
                catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
                {
                    return AdminProblem.Of(503, $"the state folder cannot be written ({fault.Message}), so nothing was changed; mend it and try again");
                }
            }

            return parts.Host.Store.Current.Switches.TryGetValue(id, out var plan)
                ? Results.Json(status.Switch(plan), AdminHost.Json)
                : AdminProblem.Of(404, "the policy was changed meanwhile and has no such switch any more");
        }
    }

    /// <summary>What a PUT says.</summary>
    /// <param name="On">On or off.</param>
    /// <param name="Reason">Why.</param>
    /// <param name="For">How long.</param>
    /// <param name="DryRun">Only tell the effect.</param>
    /// <param name="By">Who, where the caller knows better than the token.</param>
    internal sealed record SwitchChange(bool? On = null, string? Reason = null, string? For = null, bool? DryRun = null, string? By = null);
}
