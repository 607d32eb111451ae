using SandGlass.Events;

namespace SandGlass.Admin;

/// <summary><c>GET /api/timeline?since=&amp;last=</c>: the event's phases with the countdown, and what happened, oldest first.</summary>
internal static class TimelineEndpoints
{
    private const int Usual = 200;

    /// <summary>Maps it.</summary>
    public static void Map(IEndpointRouteBuilder app, AdminParts parts) => app.MapGet("/api/timeline", (DateTimeOffset? since, int? last) =>
    {
        var (from, most) = (since ?? DateTimeOffset.MinValue, Math.Clamp(last ?? Usual, 0, Timeline.Most));
        var entries = parts.Timeline.Since(from, most).Concat(Policies(parts.History, from)).OrderBy(static e => e.At).TakeLast(most);
        return Results.Json(new { now = parts.Options.Time.GetLocalNow(), @event = EventClock.Read(parts.Host.Store.Current.Policy, parts.Options.Time.GetUtcNow()), entries }, AdminHost.Json);
    });

    private static IEnumerable<TimelineEntry> Policies(Policy.PolicyHistory history, DateTimeOffset since) =>
        history.Entries.Where(e => e.At >= since).Select(static e => new TimelineEntry(e.At, "policy", e.Revision, "taken", e.By, e.Reason));
}
