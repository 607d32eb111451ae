using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using SandGlass.Telemetry;

namespace SandGlass.Admin;

/// <summary>Metrics, the status, and the status once a second.</summary>
internal static class StatusEndpoints
{
    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder app, AdminParts parts, StatusReport status)
    {
        app.MapGet("/metrics", () => Results.Text(MetricsPage.Write(parts.Host, StatusReport.Version, parts.Alarms, parts.Webhook), PrometheusText.ContentType));
        app.MapGet("/api/status", () => Results.Json(status.Make(), AdminHost.Json));
        app.MapGet("/api/stream", (CancellationToken left) => TypedResults.ServerSentEvents(StreamAsync(parts, status, left)));
    }

    private static async IAsyncEnumerable<SseItem<StatusDocument>> StreamAsync(
        AdminParts parts, StatusReport status, [EnumeratorCancellation] CancellationToken left)
    {
        while (!left.IsCancellationRequested && !parts.Sampler.Stopped)
        {
            var beat = parts.Sampler.NextBeat;
            yield return new(status.Make());
            await beat.WaitAsync(left).ConfigureAwait(false);
        }
    }
}
