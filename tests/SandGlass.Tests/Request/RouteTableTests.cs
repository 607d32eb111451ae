using SandGlass.Policy;
using SandGlass.Request;
using SandGlass.Telemetry;
using Xunit;

namespace SandGlass.Tests.Request;

public sealed class RouteTableTests
{
    private static readonly string[] Patterns =
        ["/", "/api/products", "/api/products/{sku}", "/api/products/{sku}/reviews", "/api/products/new", "/api/cart/{**rest}", "/api/{area}/{id}/state", "/x/{**all}", "/x/y/{z}/end"];

    [Theory]
    [InlineData("/", "/")]
    [InlineData("/api/products", "/api/products")]
    [InlineData("/API/Products/", "/api/products")]
    [InlineData("/api/products/sku-1", "/api/products/{sku}")]
    [InlineData("/api/products/new", "/api/products/new")]
    [InlineData("/api/products/NEW/", "/api/products/new")]
    [InlineData("/api/products/new/reviews", "/api/products/{sku}/reviews")]
    [InlineData("/api/products/sku-1/state", "/api/{area}/{id}/state")]
    [InlineData("/api/products/new/state", "/api/{area}/{id}/state")]
    [InlineData("/api/products/sku-1/other", null)]
    [InlineData("/api/cart", "/api/cart/{**rest}")]
    [InlineData("/api/cart/", "/api/cart/{**rest}")]
    [InlineData("/api/cart/a/b/c", "/api/cart/{**rest}")]
    [InlineData("/api/cart/a/state", "/api/cart/{**rest}")]
    [InlineData("/api/carts", null)]
    [InlineData("/x/y/1/end", "/x/y/{z}/end")]
    [InlineData("/x/y/1/other", "/x/{**all}")]
    [InlineData("/x/y", "/x/{**all}")]
    [InlineData("/api", null)]
    [InlineData("/nowhere", null)]
    public void Finds_the_most_specific_route_whatever_the_order(string path, string? expected)
    {
        var random = new Random(7);
        for (var round = 0; round < 20; round++)
        {
            var shuffled = (string[])Patterns.Clone();
            random.Shuffle(shuffled);

            Assert.Equal(expected, Find(new RouteTable(shuffled.Select(static p => Route(p, p))), path));
        }
    }

    [Theory]
    [InlineData("/bär", "/b%C3%A4r")]
    [InlineData("/bär", "/b%c3%a4r")]
    [InlineData("/商品/new", "/%E5%95%86%E5%93%81/new")]
    [InlineData("/a|b", "/a%7Cb")]
    [InlineData("/a.b", "/a.b")]
    [InlineData("/a.b", "/a%2Eb")]
    [InlineData("/users:search", "/users%3Asearch")]
    [InlineData("/users:search", "/users%3asearch")]
    public void Finds_a_literal_however_a_client_has_to_encode_it(string pattern, string raw)
    {
        Assert.Null(RequestTarget.TryNormalise(raw, out var target, out var length));

        Assert.Equal(pattern, Find(new RouteTable([Route(pattern, pattern)]), target[..length]));
    }

    [Theory]
    [InlineData("/a/b", "POST", "shop.example", "any")]
    [InlineData("/a/b", "GET", "shop.example", "get")]
    [InlineData("/a/b", "get", "shop.example", "any")]
    [InlineData("/a/b", "POST", "vip.example", "vip")]
    [InlineData("/a/b", "GET", "vip.example", "vip-get")]
    [InlineData("/a/b", "GET", "VIP.example", "vip-get")]
    [InlineData("/a/b", "GET", "x.vip.example", "wild")]
    [InlineData("/a/b", "GET", "x.y.vip.example", "wild-long")]
    [InlineData("/a/b", "GET", ".vip.example", "get")]
    public void Prefers_a_named_host_then_a_named_method(string path, string method, string host, string expected)
    {
        RoutePlan[] routes =
        [
            Route("/a/b", "any"), Route("/a/b", "get", ["GET"]), Route("/a/b", "vip", hosts: ["vip.example", "one.example", "two.example"]),
            Route("/a/b", "vip-get", ["GET"], ["vip.example"]), Route("/a/b", "wild", hosts: ["*.vip.example"]),
            Route("/a/b", "wild-long", hosts: ["*.y.vip.example"]),
        ];
        var random = new Random(7);
        for (var round = 0; round < 20; round++)
        {
            random.Shuffle(routes);

            Assert.Equal(expected, Find(new RouteTable(routes), path, method, host));
        }
    }

    [Fact]
    public void Looks_further_where_the_specific_path_does_not_take_the_method()
    {
        var table = new RouteTable([Route("/p/new", "post", ["POST"]), Route("/p/{id}", "get", ["GET"]), Route("/{**all}", "rest")]);

        Assert.Equal("post", Find(table, "/p/new", "POST"));
        Assert.Equal("get", Find(table, "/p/new", "GET"));
        Assert.Equal("rest", Find(table, "/p/new", "PUT"));
        Assert.Equal("rest", Find(table, "/", "PUT"));
    }

    [Theory]
    [InlineData("/{a}/{b}/c", "/one/two/c", "one|two")]
    [InlineData("/{a}/x/{**rest}", "/one/x/2/3", "one|2/3")]
    [InlineData("/{a}/x/{**rest}", "/one/x", "one|")]
    [InlineData("/{a}/x/{**rest}", "/one/x/", "one|")]
    public void Says_where_the_parameters_lie(string pattern, string path, string expected)
    {
        // The other route leads the search astray first.
        var route = Route(pattern, "r");
        var table = new RouteTable([route, Route("/one/{q}/d", "astray")]);
        var values = default(RouteValues);

        Assert.Same(route, table.Find("GET", "h", path, ref values));
        Assert.Equal(expected, string.Join('|', route.Parameters.Select((_, i) => path.Substring(values[i].Start, values[i].Length))));
    }

    [Fact]
    public void Allocates_nothing()
    {
        var table = new RouteTable(Patterns.Select(static p => Route(p, p)));

        Assert.Equal(0, Allocated.Per(() =>
        {
            var values = default(RouteValues);
            Assert.True(table.Find("GET", "shop.example", "/api/products/sku-1/reviews", ref values) is not null);
        }));
    }

    private static string? Find(RouteTable table, string path, string method = "GET", string host = "shop.example")
    {
        var values = default(RouteValues);
        return table.Find(method, host, path, ref values)?.Name;
    }

    private static RoutePlan Route(string pattern, string name, string[]? methods = null, string[]? hosts = null)
    {
        var parsed = PathPattern.Parse(pattern, out _)!;
        return new()
        {
            Name = name,
            Chain = "c",
            Criticality = Criticality.Critical,
            Pattern = parsed,
            Parameters = [.. parsed.Segments.Where(static s => s.Kind != PathSegmentKind.Literal).Select(static s => s.Text)],
            Methods = methods ?? [],
            Hosts = hosts ?? [],
            Tally = new RouteTally("c", name, 1000),
        };
    }
}
