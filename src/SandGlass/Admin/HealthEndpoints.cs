using SandGlass.Hosting;

namespace SandGlass.Admin;

/// <summary>Alive, and ready. Not ready never means that a backend is down: that is what the gateway is for.</summary>
internal static class HealthEndpoints
{
    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder app, GatewayHost host)
    {
        app.MapGet("/healthz", static () => Results.Text("alive\n"));
        app.MapGet("/readyz", () => (host.Draining, host.Store.HasPolicy) switch
        {
            (true, _) => Results.Text("draining\n", statusCode: StatusCodes.Status503ServiceUnavailable),
            (_, false) => Results.Text("no policy\n", statusCode: StatusCodes.Status503ServiceUnavailable),
            _ => Results.Text("ready\n"),
        });
    }
}
