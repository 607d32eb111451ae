using SandGlass.Alarms;

namespace SandGlass.Admin;

/// <summary>The alarms: where they stand, and the same as rules for Prometheus.</summary>
internal static class AlarmEndpoints
{
    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder app, AdminParts parts)
    {
        app.MapGet("/api/alarms", () => Results.Json(Report(parts.Alarms), AdminHost.Json));
        app.MapGet("/api/alarms/prometheus", () => Results.Json(new { rules = PrometheusRules.Write(parts.Host.Store.Current.Policy) }, AdminHost.Json));
    }

    /// <summary>All of them, as JSON shows them.</summary>
    public static IReadOnlyList<AlarmReport> Report(AlarmBoard board) =>
    [
        .. board.Now.Select(static a => new AlarmReport(
            a.Name, StatusReport.Kebab(a.Severity), StatusReport.Kebab(a.Position), a.Text, a.Description, a.Metric, a.Chain, a.Value, a.Since)),
    ];
}
