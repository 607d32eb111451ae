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
        if (Countdown.Of(status) is { } countdown)
        {
            await output.WriteLineAsync(Policy.Words.Visible(countdown)).ConfigureAwait(false);
        }

        foreach (var (what, text) in Unusual.Of(status))
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

    private static string Outcome(JsonElement chain, params string[] outcomes) => chain.GetProperty("outcomes").EnumerateArray()
        .Where(o => outcomes.Contains(Text(o, "outcome"))).Sum(static o => o.GetProperty("perSecond").GetDouble()).ToString("0.#", CultureInfo.InvariantCulture);

    private static string Number(JsonElement one, string name) => one.GetProperty(name).GetDouble().ToString("0.#", CultureInfo.InvariantCulture);

    private static string Text(JsonElement one, string name) => Unusual.Text(one, name);
}
