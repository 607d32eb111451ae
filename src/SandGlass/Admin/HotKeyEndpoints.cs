namespace SandGlass.Admin;

/// <summary>What is asked for most, route by route.</summary>
internal static class HotKeyEndpoints
{
    private const int Shown = 100;

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder app, AdminParts parts) =>
        app.MapGet("/api/hotkeys", (int? top) => Results.Json(Of(parts, Math.Clamp(top ?? Shown, 1, Shown)), AdminHost.Json));

    private static IEnumerable<HotRoute> Of(AdminParts parts, int top)
    {
        var now = parts.Host.State.Time.GetTimestamp();
        foreach (var rule in parts.Host.Store.Current.HotKeys)
        {
            var counts = parts.Host.State.Coalescing.TryGetValue(rule.Name, out var found) ? found : null;
            var elsewhere = rule.State.Elsewhere;
            var hot = rule.State.Sketch.Top(rule.Plan, now);
            var rates = hot.ToDictionary(static k => k.Key);
            yield return new(
                rule.Name,
                rule.Key.ToString(),
                rule.Plan.PromoteAt,
                counts is null ? 0 : counts.Hit.Sum() + counts.Stale.Sum() + counts.Collapsed.Sum(),
                counts is null ? 0 : counts.Miss.Sum() + counts.Bypass.Sum() + counts.Refresh.Sum(),
                [.. hot.Take(top).Select(k => new HotKeyStatus(k.Label ?? "?", Math.Round(k.PerSecond, 1), Math.Round(k.Share, 4), k.IsHot, elsewhere.IsHot(k.Key, now)))],
                [.. rule.State.Day.Today.Take(top).Select(k =>
                {
                    var known = rates.TryGetValue(k.Key, out var current);
                    return new HotOfToday(
                        k.Label ?? "?", (long)Math.Round(k.Requests), k.Saved, Math.Round(k.Peak, 1), known ? Math.Round(current.PerSecond, 1) : 0, known && current.IsHot);
                })]);
        }
    }

    /// <summary>A route and its keys.</summary>
    /// <param name="Route">The route's name.</param>
    /// <param name="Key">What is counted.</param>
    /// <param name="PromoteAt">Requests a second from which on a key is hot.</param>
    /// <param name="CallsSaved">Backend calls that the route's micro-cache has saved since the start.</param>
    /// <param name="CallsMade">Those that were made.</param>
    /// <param name="Keys">The most asked for, the most first.</param>
    /// <param name="Today">Those that were hot today, the one asked for most first.</param>
    internal sealed record HotRoute(
        string Route, string Key, double PromoteAt, long CallsSaved, long CallsMade, IReadOnlyList<HotKeyStatus> Keys, IReadOnlyList<HotOfToday> Today);

    /// <summary>One key.</summary>
    /// <param name="Key">What it is called.</param>
    /// <param name="RequestsPerSecond">Over about the last two seconds.</param>
    /// <param name="Share">Fraction 0..1 of the route's requests.</param>
    /// <param name="Hot">Whether it is hot.</param>
    /// <param name="HotElsewhere">Whether another gateway of the fleet, or all of them together, find it to be hot.</param>
    internal sealed record HotKeyStatus(string Key, double RequestsPerSecond, double Share, bool Hot, bool HotElsewhere);

    /// <summary>One that was hot today.</summary>
    /// <param name="Key">What it is called.</param>
    /// <param name="Requests">Since it became hot, about.</param>
    /// <param name="CallsSaved">Backend calls that it did not need while it was hot.</param>
    /// <param name="PeakPerSecond">Its best second.</param>
    /// <param name="RequestsPerSecond">Now.</param>
    /// <param name="Hot">Whether it is hot now.</param>
    internal sealed record HotOfToday(string Key, long Requests, long CallsSaved, double PeakPerSecond, double RequestsPerSecond, bool Hot);
}
