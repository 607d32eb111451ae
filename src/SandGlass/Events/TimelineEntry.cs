using System.Text.Json;
using SandGlass.Alarms;
using SandGlass.Policy;

namespace SandGlass.Events;

/// <summary>One thing that happened on the night.</summary>
/// <param name="At">When, wall clock.</param>
/// <param name="Kind">"switch", "plan", "policy", "alarm", "breaker" or "phase".</param>
/// <param name="Name">Which switch, plan, alarm, route or phase; of a policy its revision.</param>
/// <param name="What">What became of it: "on", "off", "start", "reverted", "fires", "over", "open", "closed", "taken", "rejected", "begins".</param>
/// <param name="By">Who; null: it came by itself.</param>
/// <param name="Why">Why, in their words or ours.</param>
/// <param name="Until">When it ends by itself; null: it does not, or that is not known.</param>
/// <param name="Severity">Of alarms.</param>
public sealed record TimelineEntry(
    DateTimeOffset At, string Kind, string Name, string What, string? By = null, string? Why = null, DateTimeOffset? Until = null, string? Severity = null)
{
    /// <summary>What a line of the audit tells; null: nothing that belongs here, or the line makes no sense.</summary>
    public static TimelineEntry? OfAudit(JsonElement line)
    {
        try
        {
            // "switch reviews-off on", "plan zero-hour start", "breaker order". Policies are told by their history, which knows the file's changes too.
            var words = line.GetProperty("what").GetString()!.Split(' ', 3);
            var at = line.GetProperty("at").GetDateTimeOffset();
            var (by, why, after) = (line.GetProperty("by").GetString(), line.GetProperty("why").GetString(), line.GetProperty("after"));
            return words switch
            {
                ["switch", var id, var what] => new(at, "switch", id, what, by, why, Moment(after, "until")),
                ["plan", var id, var what] => new(at, "plan", id, what, by, why, what != "rehearse" && Span(after, "ends") is { } ends ? at + ends : null),
                ["breaker", var route] => new(at, "breaker", route, after.GetProperty("forced").GetBoolean() ? $"forced {after.GetProperty("position").GetString()}" : "left to itself", by, why),
                _ => null,
            };
        }
        catch (Exception fault) when (fault is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    /// <summary>What an alarm tells that begins or ends.</summary>
    public static TimelineEntry OfAlarm(AlarmStatus alarm, DateTimeOffset at)
    {
        ArgumentNullException.ThrowIfNull(alarm);
        return new(at, "alarm", alarm.Name, alarm.IsFiring ? "fires" : "over", null, alarm.Text, null, PolicyShape.Word(alarm.Severity));
    }

    private static DateTimeOffset? Moment(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var found) && found.ValueKind == JsonValueKind.String ? found.GetDateTimeOffset() : null;

    private static TimeSpan? Span(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var found) && found.ValueKind == JsonValueKind.String
        && TimeSpan.TryParse(found.GetString(), System.Globalization.CultureInfo.InvariantCulture, out var span) ? span : null;
}
