using System.Text.Json;

namespace SandGlass.Commands;

/// <summary>Where the event stands, in one line: "peak since 12m; steady in 17m 48s".</summary>
internal static class Countdown
{
    /// <summary>The line; null where the policy has no event.</summary>
    public static string? Of(JsonElement status)
    {
        if (!status.TryGetProperty("event", out var promotion) || promotion.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var now = promotion.GetProperty("phase").ValueKind == JsonValueKind.String
            ? $"{Unusual.Text(promotion, "phase")} for {Span(promotion.GetProperty("phaseSeconds").GetDouble())}" : null;
        var next = promotion.GetProperty("next").ValueKind == JsonValueKind.String
            ? $"{Unusual.Text(promotion, "next")} in {Span(promotion.GetProperty("nextInSeconds").GetDouble())}" : null;
        return $"event: {string.Join("; ", new[] { now, next }.OfType<string>().DefaultIfEmpty("no phases"))}";
    }

    /// <summary>A time as people say it: the two largest units.</summary>
    public static string Span(double seconds)
    {
        var span = TimeSpan.FromSeconds(Math.Max(0, Math.Floor(seconds)));
        return span.TotalDays >= 1 ? $"{span.Days}d {span.Hours}h"
            : span.TotalHours >= 1 ? $"{span.Hours}h {span.Minutes}m"
            : span.TotalMinutes >= 1 ? $"{span.Minutes}m {span.Seconds}s"
            : $"{span.Seconds}s";
    }
}
