using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace SandGlass.Commands;

/// <summary><c>sandglass plan list | start ID | revert ID | abort ID</c>: asks a running gateway's admin API.</summary>
internal static class PlanCommand
{
    public static Command Make(TextWriter output, TextWriter error)
    {
        var (admin, json) = (AdminCall.Option(), AdminCall.JsonOption());
        var list = new Command("list", "What there is, and where it stands.");
        list.SetAction((parsed, cancellationToken) => AdminCall.AskAsync(
            parsed.GetValue(admin)!, HttpMethod.Get, "api/plans", null, error, answer => ShowAsync(answer, parsed.GetValue(json), output), cancellationToken));
        var rehearse = new Option<bool>("--rehearse") { Description = "In shadow, for seconds: counted, not acted on" };
        return new("plan", "Shows, starts and takes back the policy's plans.")
        {
            admin,
            json,
            list,
            Change("start", "Throws its switches, in order.", rehearse),
            Change("revert", "Takes it back in reverse order.", null),
            Change("abort", "The same in the middle of it.", null),
        };

        Command Change(string verb, string description, Option<bool>? more)
        {
            var id = new Argument<string>("ID") { Description = "The plan" };
            Suggestions.Add(id, admin, "plans");
            var reason = new Option<string>("--reason") { Description = "Why; whoever comes after you will want to know", HelpName = "TEXT", Required = true };
            var dryRun = new Option<bool>("--dry-run") { Description = "Only tell what each step would touch" };
            var command = new Command(verb, description) { id, reason, dryRun };
            if (more is not null)
            {
                command.Options.Add(more);
            }

            command.SetAction((parsed, cancellationToken) => AdminCall.AskAsync(
                parsed.GetValue(admin)!,
                HttpMethod.Post,
                $"api/plans/{Uri.EscapeDataString(parsed.GetValue(id)!)}/{verb}",
                new { reason = parsed.GetValue(reason), dryRun = parsed.GetValue(dryRun), rehearse = more is not null && parsed.GetValue(more) ? true : (bool?)null },
                error,
                answer => ShowOneAsync(answer, parsed.GetValue(json), output),
                cancellationToken));
            return command;
        }
    }

    private static async Task ShowAsync(JsonElement plans, bool asJson, TextWriter output)
    {
        if (asJson)
        {
            await output.WriteLineAsync(plans.GetRawText()).ConfigureAwait(false);
            return;
        }

        await Table.WriteAsync(
            output,
            ["STATE", "PLAN", "STEPS", "GATEWAYS", "OWNER", "WHEN", "UNTIL", "NOTE"],
            plans.EnumerateArray().Select(static p => new[]
            {
                Text(p, "state"),
                Text(p, "id"),
                string.Create(CultureInfo.InvariantCulture, $"{p.GetProperty("done").GetInt32()}/{p.GetProperty("steps").GetArrayLength()}"),
                Gateways(p),
                Text(p, "owner"),
                Text(p, "when") + (p.GetProperty("auto").GetBoolean() ? ", auto" : string.Empty),
                p.GetProperty("until") is { ValueKind: JsonValueKind.String } end ? end.GetDateTimeOffset().ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture) : "–",
                string.Join("; ", new[] { Text(p, "trouble"), Text(p, "proposed") }.Where(static t => t != "–").Concat(p.GetProperty("warnings").EnumerateArray().Select(static w => w.GetString()!)).Concat(Missing(p).Select(static m => $"not on {m}"))),
            }),
            "the policy has no plans").ConfigureAwait(false);
    }

    private static async Task ShowOneAsync(JsonElement plan, bool asJson, TextWriter output)
    {
        if (asJson || !plan.TryGetProperty("steps", out var steps))
        {
            await output.WriteLineAsync(plan.GetRawText()).ConfigureAwait(false);
            return;
        }

        await output.WriteLineAsync($"{Text(plan, "id")}: {Text(plan, "state")}").ConfigureAwait(false);
        await Table.WriteAsync(
            output,
            ["STEP", "AFTER", "NOW", "PER SECOND", "OF TRAFFIC", "ROUTES"],
            steps.EnumerateArray().Select(static s => s.GetProperty("effect") is { ValueKind: JsonValueKind.Object } effect
                ? new[]
                {
                    Text(s, "switch"),
                    Text(s, "after"),
                    s.GetProperty("on").GetBoolean() ? "on" : "off",
                    effect.GetProperty("requestsPerSecond").GetDouble().ToString("0.#", CultureInfo.InvariantCulture),
                    effect.GetProperty("shareOfTraffic").GetDouble().ToString("0.#%", CultureInfo.InvariantCulture),
                    string.Join(", ", effect.GetProperty("routes").EnumerateArray().Select(static r => r.GetString())),
                }
                : [Text(s, "switch"), Text(s, "after"), "–", "–", "–", "the policy has no such switch"]),
            "it has no steps").ConfigureAwait(false);
        foreach (var need in plan.GetProperty("needs").EnumerateArray().Where(static n => !n.GetProperty("isMet").GetBoolean()))
        {
            await output.WriteLineAsync($"not so: {need.GetProperty("what").GetString()}").ConfigureAwait(false);
        }
    }

    // Of the steps that are done, the one on the fewest gateways: "12/12" when all have acknowledged all of them.
    private static string Gateways(JsonElement plan) => Acknowledged(plan) is { Length: > 0 } steps
        ? steps.Min(static f => (f.GetProperty("inForce").GetInt32(), f.GetProperty("of").GetInt32())) is var (inForce, of) ? string.Create(CultureInfo.InvariantCulture, $"{inForce}/{of}") : "–" : "–";

    private static IEnumerable<string> Missing(JsonElement plan) =>
        Acknowledged(plan).SelectMany(static f => f.GetProperty("missing").EnumerateArray().Select(static m => m.GetString()!)).Distinct();

    private static JsonElement[] Acknowledged(JsonElement plan) =>
        [.. plan.GetProperty("steps").EnumerateArray().Select(static s => s.GetProperty("fleet")).Where(static f => f.ValueKind == JsonValueKind.Object)];

    private static string Text(JsonElement one, string name) => one.GetProperty(name) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : "–";
}
