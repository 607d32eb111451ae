using SandGlass.Hosting;

namespace SandGlass.Admin;

/// <summary>Alive, and ready. Not ready never means that a backend is down: that is what the gateway is for.</summary>
internal static class HealthEndpoints
{
    // Load balancers ask with HEAD as often as with GET.
    private static readonly string[] Asking = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder app, GatewayHost host)
    {
        app.MapMethods("/healthz", Asking, static () => Results.Text("alive\n"));
        app.MapMethods("/readyz", Asking, () => (host.Draining, host.Store.HasPolicy) switch
        {
            (true, _) => Results.Text("draining\n", statusCode: StatusCodes.Status503ServiceUnavailable),
            (_, false) => Results.Text("no policy\n", statusCode: StatusCodes.Status503ServiceUnavailable),
            _ => Results.Text("ready\n"),
        });
    }
}
