using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace SandGlass.Commands;

/// <summary><c>sandglass status</c>: one look at a running gateway.</summary>
internal static class StatusCommand
{
    public static Command Make(TextWriter output, TextWriter error)
    {
        var (admin, json) = (AdminCall.Option(), AdminCall.JsonOption());
        var command = new Command("status", "One look at a running gateway: chains, backends, and what is not as usual.") { admin, json };
        command.SetAction((parsed, cancellationToken) => AdminCall.AskAsync(
            parsed.GetValue(admin)!,
            HttpMethod.Get,
            "api/status",
            null,
            error,
            answer => parsed.GetValue(json) ? output.WriteLineAsync(answer.GetRawText()) : ShowAsync(answer, output),
            cancellationToken));
        return command;
    }

    private static async Task ShowAsync(JsonElement status, TextWriter output)
    {
        var requests = status.GetProperty("requests");
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{Text(status, "name")}: {Text(status, "state")}, revision {Text(status, "revision")}, up {TimeSpan.FromSeconds(status.GetProperty("uptimeSeconds").GetDouble()):d\\.hh\\:mm\\:ss}, {Number(requests, "perSecond")} requests/s, {requests.GetProperty("underWay").GetInt64()} under way"))
            .ConfigureAwait(false);
        foreach (var (what, text) in Unusual(status))
        {
            await output.WriteLineAsync($"{what,-7}  {Policy.Words.Visible(text)}").ConfigureAwait(false);
        }

        await output.WriteLineAsync().ConfigureAwait(false);
        await Table.WriteAsync(
            output,
            ["CHAIN", "PER SECOND", "SERVED", "FALLBACK", "REFUSED", "FAILED", "P50 MS", "P99 MS"],
            status.GetProperty("chains").EnumerateArray().Select(static c => new[]
            {
                Text(c, "name"), Number(c, "perSecond"), Outcome(c, "served", "hit", "stale", "collapsed"), Outcome(c, "fallback"), Outcome(c, "refused"), Outcome(c, "failed"), Number(c, "p50Ms"), Number(c, "p99Ms"),
            }),
            "there are no chains").ConfigureAwait(false);
        await output.WriteLineAsync().ConfigureAwait(false);
        await Table.WriteAsync(
            output,
            ["BACKEND", "IN FLIGHT", "LIMIT", "QUEUED", "DESTINATIONS"],
            status.GetProperty("backends").EnumerateArray().Select(static b => new[]
            {
                Text(b, "name"), Number(b, "inFlight"), Number(b, "limit"), Number(b, "queued"), string.Join(", ", b.GetProperty("destinations").EnumerateArray().Select(static d => $"{Text(d, "name")} {Text(d, "health")}")),
            }),
            "there are no backends").ConfigureAwait(false);
    }

    private static IEnumerable<(string What, string Text)> Unusual(JsonElement status)
    {
        foreach (var alarm in status.GetProperty("alarms").EnumerateArray().Where(static a => Text(a, "state") != "quiet"))
        {
            yield return ("alarm", $"{Text(alarm, "name")} {Text(alarm, "state")} ({Text(alarm, "severity")}): {Text(alarm, "text")}");
        }

        foreach (var plan in status.GetProperty("plans").EnumerateArray().Where(static p => Text(p, "state") != "idle"))
        {
            yield return ("plan", $"{Text(plan, "id")} {Text(plan, "state")}, {plan.GetProperty("done").GetInt32()} of {plan.GetProperty("steps").GetArrayLength()} steps");
        }

        foreach (var one in status.GetProperty("switches").EnumerateArray().Where(static s => s.GetProperty("on").GetBoolean()))
        {
            yield return ("switch", $"{Text(one, "id")} on, by {Text(one, "by")}: {Text(one, "reason")}");
        }

        foreach (var route in status.GetProperty("chains").EnumerateArray().SelectMany(static c => c.GetProperty("routes").EnumerateArray()).Where(static r => Text(r, "breaker") != "closed"))
        {
            yield return ("breaker", $"{Text(route, "name")} {Text(route, "breaker")}");
        }

        if (Text(status.GetProperty("policy"), "lastReload") == "rejected")
        {
            yield return ("policy", "the last change was turned away; sandglass check says why");
        }
    }

    private static string Outcome(JsonElement chain, params string[] outcomes) => chain.GetProperty("outcomes").EnumerateArray()
        .Where(o => outcomes.Contains(Text(o, "outcome"))).Sum(static o => o.GetProperty("perSecond").GetDouble()).ToString("0.#", CultureInfo.InvariantCulture);

    private static string Number(JsonElement one, string name) => one.GetProperty(name).GetDouble().ToString("0.#", CultureInfo.InvariantCulture);

    private static string Text(JsonElement one, string name) => one.GetProperty(name) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : "–";
}
