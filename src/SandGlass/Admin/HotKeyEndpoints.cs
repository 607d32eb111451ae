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
            yield return new(
                rule.Name,
                rule.Key.ToString(),
                rule.Plan.PromoteAt,
                counts is null ? 0 : counts.Hit.Sum() + counts.Stale.Sum() + counts.Collapsed.Sum(),
                [.. rule.State.Sketch.Top(rule.Plan, now).Take(top).Select(static k => new HotKeyStatus(k.Label ?? "?", Math.Round(k.PerSecond, 1), Math.Round(k.Share, 4), k.IsHot))]);
        }
    }

    /// <summary>A route and its keys.</summary>
    /// <param name="Route">The route's name.</param>
    /// <param name="Key">What is counted.</param>
    /// <param name="PromoteAt">Requests a second from which on a key is hot.</param>
    /// <param name="CallsSaved">Backend calls that the route's micro-cache has saved since the start.</param>
    /// <param name="Keys">The most asked for, the most first.</param>
    internal sealed record HotRoute(string Route, string Key, double PromoteAt, long CallsSaved, IReadOnlyList<HotKeyStatus> Keys);

    /// <summary>One key.</summary>
    /// <param name="Key">What it is called.</param>
    /// <param name="RequestsPerSecond">Over about the last two seconds.</param>
    /// <param name="Share">Fraction 0..1 of the route's requests.</param>
    /// <param name="Hot">Whether it is hot.</param>
    internal sealed record HotKeyStatus(string Key, double RequestsPerSecond, double Share, bool Hot);
}
