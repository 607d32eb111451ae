using System.Text;
using System.Text.Json;
using Microsoft.Net.Http.Headers;
using SandGlass.Policy;

namespace SandGlass.Admin;

/// <summary>The policy in force, checking and putting another, what was in force before, and the way back.</summary>
internal static class PolicyEndpoints
{
    private const int MostReason = 500;

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder app, AdminParts parts)
    {
        var store = parts.Host.Store;
        app.MapGet("/api/policy", () => Policy(store.Source.ToArray()));
        // What the file says just now: the same, or one that was turned away and waits to be mended.
        app.MapGet("/api/policy/file", () => PolicyFile.TryRead(store.File, out var why) is { } bytes
            ? Policy(bytes) : AdminProblem.Of(404, $"{store.File}: {why}"));
        app.MapPost("/api/policy/validate", async (HttpContext http) =>
        {
            var bytes = await BodyAsync(http).ConfigureAwait(false);
            var reading = store.Check(bytes);
            return Results.Json(
                new { valid = reading.Valid, revision = reading.Revision, errors = Errors(reading), details = Details(PolicyDiff.Changes(store.Source, bytes)) },
                AdminHost.Json,
                statusCode: reading.Valid ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity);
        });
        app.MapPut("/api/policy", async (HttpContext http) =>
        {
            if (BasedOn(http) is not { } basedOn)
            {
                return AdminProblem.Of(StatusCodes.Status428PreconditionRequired, "send If-Match with the revision that you have changed (the ETag of GET /api/policy)");
            }

            var bytes = await BodyAsync(http).ConfigureAwait(false);
            var reason = http.Request.Query["reason"].ToString().Trim();
            return reason.Length > MostReason ? TooLong() : Answer(() => parts.Desk.Put(bytes, basedOn, "admin", From(http), reason), store, http);
        });
        app.MapGet("/api/policy/revisions", () => Results.Json(Revisions(parts), AdminHost.Json));
        app.MapGet("/api/policy/diff", (string from, string to) =>
        {
            if (Bytes(parts, from) is not { } older || Bytes(parts, to) is not { } newer)
            {
                return AdminProblem.Of(404, "one of the two revisions is not kept any more; GET /api/policy/revisions lists those that are");
            }

            var changes = PolicyDiff.Changes(older, newer);
            return Results.Json(new { from, to, changes = changes?.Select(static c => c.ToString()), details = Details(changes) }, AdminHost.Json);
        });
        app.MapPost("/api/policy/rollback", async (HttpContext http) =>
        {
            Rollback? wish;
            try
            {
                wish = await JsonSerializer.DeserializeAsync<Rollback>(http.Request.Body, AdminHost.Json, http.RequestAborted).ConfigureAwait(false);
            }
            catch (Exception fault) when (fault is JsonException or InvalidOperationException)
            {
                return AdminProblem.Of(400, "send {\"revision\": \"…\", \"reason\": \"…\"}");
            }

            return wish?.Revision is not { } revision ? AdminProblem.Of(422, "a revision is required; GET /api/policy/revisions lists those that are kept")
                : AdminProblem.OfReason(wish.Reason, wish.By)
                ?? Answer(() => parts.Desk.RollBack(revision, BasedOn(http), wish.By ?? "admin", From(http), wish.Reason!.Trim()), store, http);
        });
    }

    private static IResult Policy(byte[] bytes) =>
        Results.Bytes(bytes, "application/json", entityTag: new EntityTagHeaderValue($"\"{PolicyReader.Revision(bytes)}\""));

    private static IResult TooLong() => AdminProblem.Of(422, $"a reason has at most {MostReason} characters");

    private static IResult Answer(Func<PolicyDesk.Outcome> change, PolicyStore store, HttpContext http)
    {
        try
        {
            var (answer, reading, found, notKept) = change();
            http.Response.Headers.ETag = $"\"{store.Current.Revision}\"";
            return answer switch
            {
                PolicyDesk.Answer.Done => Results.Json(new { revision = store.Current.Revision, warnings = Errors(reading!), notKept }, AdminHost.Json),
                PolicyDesk.Answer.Stale => AdminProblem.Of(412, Stale(found!, store), new Dictionary<string, object?> { ["found"] = found }),
                PolicyDesk.Answer.Unknown => AdminProblem.Of(404, "this revision is not kept; GET /api/policy/revisions lists those that are"),
                _ => AdminProblem.Of(422, "the policy is not valid, and nothing was changed", new Dictionary<string, object?> { ["errors"] = Errors(reading!) }),
            };
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return AdminProblem.Of(503, $"the policy's file cannot be written ({fault.Message}), so nothing was changed");
        }
    }

    private static string Stale(string found, PolicyStore store) => found == store.Current.Revision
        ? $"revision {found} came between; look at it, and change that one"
        : $"the file was changed meanwhile to revision {found}, which is not in force ({store.Current.Revision} is); look at it, and change that one";

    private static IEnumerable<object> Revisions(AdminParts parts)
    {
        var entries = parts.History.Entries;
        var current = parts.Host.Store.Current.Revision;
        var newest = entries.Select(static e => e.Revision).ToList().IndexOf(current);
        return entries.Select((entry, i) => new
        {
            revision = entry.Revision,
            at = entry.At,
            by = entry.By,
            reason = entry.Reason,
            current = i == newest,
            changes = i + 1 < entries.Count && Bytes(parts, entries[i + 1].Revision) is { } older && Bytes(parts, entry.Revision) is { } newer
                ? PolicyDiff.Between(older, newer) : null,
        });
    }

    // The one in force is known even where the state folder could not keep it.
    private static byte[]? Bytes(AdminParts parts, string revision)
    {
        var source = parts.Host.Store.Source;
        return PolicyReader.Revision(source.Span) == revision ? source.ToArray() : parts.History.Find(revision);
    }

    private static object[]? Details(IReadOnlyList<PolicyChange>? changes) => changes is null ? null : [.. changes.Select(static c => new
    {
        section = c.Section, subject = c.Subject, path = c.Path, kind = c.Kind, before = c.Before, after = c.After, gone = c.Gone, came = c.Came,
        text = c.ToString(),
    })];

    // text is the line that check prints and the log shows.
    private static object[] Errors(PolicyReading reading) => [.. reading.Problems.Select(static p => new
    {
        severity = p.Severity == Severity.Error ? "error" : "warning", rule = p.Rule, pointer = p.Pointer, line = p.Line, column = p.Column, message = p.Message,
        text = p.ToString(),
    })];

    private static string? BasedOn(HttpContext http) =>
        http.Request.Headers.IfMatch is [{ Length: > 0 } tag] ? tag.Trim().Trim('"') : null;

    private static string From(HttpContext http) => http.Connection.RemoteIpAddress?.ToString() ?? "unknown";

    private static async Task<byte[]> BodyAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted).ConfigureAwait(false);
        return body.ToArray();
    }

    /// <summary>What a rollback says.</summary>
    internal sealed record Rollback(string? Revision = null, string? Reason = null, string? By = null);
}
