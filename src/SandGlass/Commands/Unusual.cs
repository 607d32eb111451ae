using System.Text.Json;

namespace SandGlass.Commands;

/// <summary>What is not as usual on a gateway, the worst first: what <c>status</c> and <c>top</c> show above all else.</summary>
internal static class Unusual
{
    /// <summary>Each as a kind and a text.</summary>
    public static IEnumerable<(string What, string Text)> Of(JsonElement status)
    {
        foreach (var alarm in status.GetProperty("alarms").EnumerateArray().Where(static a => Text(a, "state") != "quiet").OrderBy(static a => Text(a, "state") != "firing"))
        {
            yield return ("alarm", $"{Text(alarm, "name")} {Text(alarm, "state")} ({Text(alarm, "severity")}): {Text(alarm, "text")}");
        }

        if (Text(status.GetProperty("policy"), "lastReload") == "rejected")
        {
            yield return ("policy", "the last change was turned away; sandglass check says why");
        }

        foreach (var route in status.GetProperty("chains").EnumerateArray().SelectMany(static c => c.GetProperty("routes").EnumerateArray()).Where(static r => Text(r, "breaker") != "closed"))
        {
            yield return ("breaker", $"{Text(route, "name")} {Text(route, "breaker")}");
        }

        foreach (var one in status.TryGetProperty("fallbacks", out var fallbacks) ? fallbacks.EnumerateArray().Where(static f => f.GetProperty("broken").ValueKind == JsonValueKind.String) : [])
        {
            yield return ("fallback", $"{Text(one, "name")} could not be given: {Text(one, "broken")}");
        }

        foreach (var plan in status.GetProperty("plans").EnumerateArray().Where(static p => Text(p, "state") != "idle"))
        {
            yield return ("plan", $"{Text(plan, "id")} {Text(plan, "state")}, {plan.GetProperty("done").GetInt32()} of {plan.GetProperty("steps").GetArrayLength()} steps{Until(plan)}{By(plan)}");
        }

        foreach (var one in status.GetProperty("switches").EnumerateArray().Where(static s => s.GetProperty("on").GetBoolean()))
        {
            yield return ("switch", $"{Text(one, "id")} on{Until(one)}{By(one)}");
        }
    }

    /// <summary>A text of the answer; a dash where there is none.</summary>
    public static string Text(JsonElement one, string name) => one.GetProperty(name) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : "–";

    private static string Until(JsonElement one) => one.GetProperty("until") is { ValueKind: JsonValueKind.String } end ? $" until {end.GetDateTimeOffset().ToLocalTime():HH:mm:ss}" : string.Empty;

    private static string By(JsonElement one) => one.GetProperty("by").ValueKind == JsonValueKind.String ? $", by {Text(one, "by")}: {Text(one, "reason")}" : string.Empty;
}
