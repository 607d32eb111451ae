using Yarp.ReverseProxy.Configuration;

namespace SandGlass.BareYarp;

/// <summary>Bare YARP: the routes of bench-policy.json, or one that takes all; one destination, nothing else.</summary>
internal static class YarpHost
{
    public static WebApplication Build(string listen, string origin, bool everything)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(listen);
        builder.WebHost.ConfigureKestrel(static k => k.AddServerHeader = false);
        builder.Services.AddReverseProxy().LoadFromMemory(
            everything ? [new() { RouteId = "all", ClusterId = "origin", Match = new() { Path = "/{**rest}" } }]
                : [Route("product", "/api/products/{sku}"), Route("hot", "/api/hot/{sku}"), Route("limited", "/api/limited/{sku}")],
            [new() { ClusterId = "origin", Destinations = new Dictionary<string, DestinationConfig> { ["a"] = new() { Address = origin } } }]);
        var app = builder.Build();
        app.MapReverseProxy();
        return app;
    }

    private static RouteConfig Route(string name, string path) =>
        new() { RouteId = name, ClusterId = "origin", Match = new() { Path = path, Methods = ["GET"] } };
}
