using System.Text.Json;

namespace SandGlass.DemoShop;

/// <summary>One row per fault: its name, what it does, how it is read and shown. Parser, answer and help all come from here.</summary>
internal static class FaultTable
{
    private const double LongestMs = 600_000;

    public static IReadOnlyList<FaultRow> Rows { get; } =
    [
        Whole("workers", "requests worked on at the same time", 1, 100_000,
            f => f.Workers, (f, v) => f with { Workers = v }),
        Number("serviceTimeMs", "median work per request, lognormal; 0 skips the capacity model and its timers", LongestMs,
            f => f.ServiceTimeMs, (f, v) => f with { ServiceTimeMs = v }),
        Whole("queue", "requests that may wait for a worker; one more gets a 503", 0, 1_000_000,
            f => f.Queue, (f, v) => f with { Queue = v }),
        Number("latencyMs", "added to every answer while no worker is held: distance, not work", LongestMs,
            f => f.LatencyMs, (f, v) => f with { LatencyMs = v }),
        Number("errorRatio", "share answered 500 after the work", 1,
            f => f.ErrorRatio, (f, v) => f with { ErrorRatio = v }),
        Number("hangRatio", "share never answered until the client leaves", 1,
            f => f.HangRatio, (f, v) => f with { HangRatio = v }),
        Number("resetRatio", "share whose connection is cut in the middle of the body", 1,
            f => f.ResetRatio, (f, v) => f with { ResetRatio = v }),
        Number("slowDripMs", "wait after every 64 bytes of body", LongestMs,
            f => f.SlowDripMs, (f, v) => f with { SlowDripMs = v }),
        Number("slowdownPerRequest", "milliseconds of work added by every request since this was set: a leak", LongestMs,
            f => f.SlowdownPerRequest, (f, v) => f with { SlowdownPerRequest = v }),
        Number("latencyPerInFlight", "milliseconds of work added per request in flight: a database bottleneck", LongestMs,
            f => f.LatencyPerInFlight, (f, v) => f with { LatencyPerInFlight = v }),
        Number("workPerKilobyte", "milliseconds of work added per KB of request body, before it is looked at: no bound in the contract", LongestMs,
            f => f.WorkPerKilobyte, (f, v) => f with { WorkPerKilobyte = v }),
        Number("workPerItem", "milliseconds of work added per item that ?size= asks for, before it is looked at: no bound on pages", LongestMs,
            f => f.WorkPerItem, (f, v) => f with { WorkPerItem = v }),
        Number("pauseEveryMs", "period of the runtime's pauses; 0 means none", LongestMs,
            f => f.PauseEveryMs, (f, v) => f with { PauseEveryMs = v }),
        Number("pauseForMs", "how long nothing moves at the end of each period", LongestMs,
            f => f.PauseForMs, (f, v) => f with { PauseForMs = v }),
        Flag("badContentLength", "declares 16 bytes more than it sends",
            f => f.BadContentLength, (f, v) => f with { BadContentLength = v }),
        Choice("malformed", "breaks HTTP itself",
            f => f.Malformed, (f, v) => f with { Malformed = v }),
        Whole("redisPort", "a Redis on this machine that every request asks before its work, for as long as that takes; 0 asks none", 0, 65_535,
            f => f.RedisPort, (f, v) => f with { RedisPort = v }),
        Flag("down", "stops listening and cuts what is connected; set it back through another backend's /_shop/NAME/faults",
            f => f.Down, (f, v) => f with { Down = v }),
    ];

    private static FaultRow Number(string name, string help, double max, Func<Faults, double> get, Func<Faults, double, Faults> set) =>
        new(name, help, $"a number from 0 to {max}",
            (faults, json) => json.ValueKind == JsonValueKind.Number && json.TryGetDouble(out var value) && value >= 0 && value <= max
                ? set(faults, value)
                : null,
            (writer, faults) => writer.WriteNumberValue(get(faults)));

    private static FaultRow Whole(string name, string help, int min, int max, Func<Faults, int> get, Func<Faults, int, Faults> set) =>
        new(name, help, $"a whole number from {min} to {max}",
            (faults, json) => json.ValueKind == JsonValueKind.Number && json.TryGetInt32(out var value) && value >= min && value <= max
                ? set(faults, value)
                : null,
            (writer, faults) => writer.WriteNumberValue(get(faults)));

    private static FaultRow Flag(string name, string help, Func<Faults, bool> get, Func<Faults, bool, Faults> set) =>
        new(name, help, "true or false",
            (faults, json) => json.ValueKind is JsonValueKind.True or JsonValueKind.False ? set(faults, json.GetBoolean()) : null,
            (writer, faults) => writer.WriteBooleanValue(get(faults)));

    private static FaultRow Choice(string name, string help, Func<Faults, Malformation> get, Func<Faults, Malformation, Faults> set)
    {
        var choices = Enum.GetValues<Malformation>().ToDictionary(value => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString()));
        return new(name, help, "one of " + string.Join(", ", choices.Keys),
            (faults, json) => json.ValueKind == JsonValueKind.String && choices.TryGetValue(json.GetString()!, out var value) ? set(faults, value) : null,
            (writer, faults) => writer.WriteStringValue(JsonNamingPolicy.KebabCaseLower.ConvertName(get(faults).ToString())));
    }
}

/// <param name="Takes">The values it takes, in words.</param>
/// <param name="Read">The faults with this field set, or null when the value is not one it takes.</param>
internal sealed record FaultRow(string Name, string Help, string Takes, Func<Faults, JsonElement, Faults?> Read, Action<Utf8JsonWriter, Faults> Write);
