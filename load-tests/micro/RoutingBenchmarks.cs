using BenchmarkDotNet.Attributes;
using SandGlass.Policy;
using SandGlass.Request;
using SandGlass.Telemetry;

namespace SandGlass.Micro;

/// <summary>From the target on the wire to the route, in the example policy's shape.</summary>
public class RoutingBenchmarks
{
    private static readonly string[] Paths =
    [
        "/", "/api/products", "/api/products/{sku}", "/api/products/{sku}/reviews", "/api/search", "/api/cart/{**rest}", "/api/orders",
        "/api/orders/{id}", "/api/pay/{**rest}", "/api/shipments/{**rest}", "/api/shipments/{id}/events", "/api/refunds/{**rest}",
    ];

    private readonly RouteTable _table = new(Paths.Select(static path => new RoutePlan
    {
        Name = path,
        Chain = "marketing",
        Criticality = default,
        Pattern = PathPattern.Parse(path, out _)!,
        Methods = ["GET", "POST"],
        Tally = new RouteTally("marketing", path, TimeProvider.System.TimestampFrequency),
    }));

    private readonly string _normal = "/api/products/sku-1?currency=EUR";
    private readonly string _odd = "/api//products/./%73ku-1?currency=EUR";

    [Benchmark(Description = "route of /api/products/sku-1/reviews")]
    public bool Route()
    {
        var values = default(RouteValues);
        return _table.Find("GET", "shop.example.com", "/api/products/sku-1/reviews", ref values) is not null;
    }

    [Benchmark(Description = "target, normal already")]
    public int Normal()
    {
        RequestTarget.TryNormalise(_normal, out _, out var length);
        return length;
    }

    [Benchmark(Description = "target, to be rewritten")]
    public int Rewritten()
    {
        RequestTarget.TryNormalise(_odd, out _, out var length);
        return length;
    }
}
