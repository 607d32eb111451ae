using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace SandGlass.Commands;

/// <summary><c>sandglass switch list | on ID | off ID</c>: asks a running gateway's admin API.</summary>
internal static class SwitchCommand
{
    public static Command Make(TextWriter output, TextWriter error)
    {
        var (admin, json) = (AdminCall.Option(), AdminCall.JsonOption());
        var list = new Command("list", "What there is, and what is on.");
        list.SetAction((parsed, cancellationToken) =>
            AskAsync(parsed.GetValue(admin)!, HttpMethod.Get, "api/switches", null, parsed.GetValue(json), output, error, cancellationToken));
        return new("switch", "Shows and throws the policy's switches.")
        {
            admin,
            json,
            list,
            Throw("on", true, admin, json, output, error),
            Throw("off", false, admin, json, output, error),
        };
    }

    private static Command Throw(string verb, bool on, Option<string> admin, Option<bool> json, TextWriter output, TextWriter error)
    {
        var id = new Argument<string>("ID") { Description = "The switch" };
        Suggestions.Add(id, admin, "switches");
        var reason = new Option<string>("--reason") { Description = "Why; whoever comes after you will want to know", HelpName = "TEXT", Required = true };
        var lasts = new Option<string?>("--for") { Description = "End by itself after this, e.g. 30m", HelpName = "DURATION" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only tell what it would touch" };
        var command = new Command(verb, $"Throws a switch {verb}.") { id, reason, lasts, dryRun };
        command.SetAction((parsed, cancellationToken) => AskAsync(
            parsed.GetValue(admin)!,
            HttpMethod.Put,
            "api/switches/" + Uri.EscapeDataString(parsed.GetValue(id)!),
            new { on, reason = parsed.GetValue(reason), @for = parsed.GetValue(lasts), dryRun = parsed.GetValue(dryRun) },
            parsed.GetValue(json),
            output,
            error,
            cancellationToken));
        return command;
    }

    private static Task<int> AskAsync(
        string admin, HttpMethod method, string path, object? body, bool asJson, TextWriter output, TextWriter error, CancellationToken cancellationToken) =>
        AdminCall.AskAsync(admin, method, path, body, error, async answer =>
        {
            if (asJson)
            {
                await output.WriteLineAsync(answer.GetRawText()).ConfigureAwait(false);
                return;
            }

            await ShowAsync(answer.ValueKind == JsonValueKind.Array ? answer.EnumerateArray().ToArray() : [answer], output).ConfigureAwait(false);
        }, cancellationToken);

    private static Task ShowAsync(IReadOnlyList<JsonElement> switches, TextWriter output) => Table.WriteAsync(
        output,
        ["STATE", "SWITCH", "NOW", "OF ALL", "UNTIL", "GATEWAYS", "WHAT"],
        switches.Select(static one =>
        {
            var (effect, on) = (one.GetProperty("effect"), one.GetProperty("on").GetBoolean());
            var description = one.GetProperty("description").ValueKind == JsonValueKind.String ? one.GetProperty("description").GetString()! : string.Join(", ", effect.GetProperty("routes").EnumerateArray());
            return new[]
            {
                on ? "on" : "off",
                one.GetProperty("id").GetString()!,
                string.Create(CultureInfo.InvariantCulture, $"{effect.GetProperty("requestsPerSecond").GetDouble():0.#}/s"),
                string.Create(CultureInfo.InvariantCulture, $"{effect.GetProperty("shareOfTraffic").GetDouble() * 100:0.#} %"),
                one.GetProperty("until") is { ValueKind: JsonValueKind.String } end ? $"{end.GetDateTimeOffset().ToLocalTime():HH:mm:ss}" : "–",
                one.GetProperty("fleet") is { ValueKind: JsonValueKind.Object } fleet ? $"{fleet.GetProperty("inForce")}/{fleet.GetProperty("of")}" : "–",
                (on ? $"{description}; by {one.GetProperty("by")}: {one.GetProperty("reason")}" : description) + InTheFleet(one),
            };
        }),
        "the policy has no switches");

    // Who does not stand so, and what was thrown elsewhere meanwhile and lost.
    private static string InTheFleet(JsonElement one)
    {
        var missing = one.GetProperty("fleet") is { ValueKind: JsonValueKind.Object } fleet && fleet.GetProperty("missing") is var names && names.GetArrayLength() > 0
            ? $"; not on {string.Join(", ", names.EnumerateArray())}" : string.Empty;
        return one.GetProperty("conflict") is { ValueKind: JsonValueKind.Object } lost
            ? $"{missing}; conflict: {lost.GetProperty("by")} on {lost.GetProperty("gateway")} turned it {(lost.GetProperty("on").GetBoolean() ? "on" : "off")} meanwhile ({lost.GetProperty("reason")}), and lost"
            : missing;
    }
}
