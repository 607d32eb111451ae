using Microsoft.AspNetCore.Http.Features;

namespace SandGlass.DemoShop;

/// <summary>What arrived, as it arrived.</summary>
internal sealed record Echo(
    string Backend, string Method, string Target, string Protocol, string From, IReadOnlyDictionary<string, string?[]> Headers, BodyDigest Body);

/// <summary>Shows testers what is left of their request behind the gateway. Any method.</summary>
internal static class EchoRoute
{
    public static void Map(WebApplication routes, string backend) => routes.Map("/echo/{**rest}", (RequestDelegate)(async context =>
    {
        var request = context.Request;
        var headers = request.Headers.ToDictionary(header => header.Key, header => header.Value.ToArray());
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var from = $"{context.Connection.RemoteIpAddress}:{context.Connection.RemotePort}";
        var body = await BodyDigest.ReadAsync(context);
        await Reply.JsonAsync(context, 200, new(backend, request.Method, target, request.Protocol, from, headers, body), ShopJson.Default.Echo);
    }));
}
