using System.Net;
using Microsoft.AspNetCore.Http;
using SandGlass.LoadTests.Measuring;
using SandGlass.LoadTests.Planning;
using SandGlass.LoadTests.Running;
using SandGlass.Testing;

namespace SandGlass.LoadTests.Tests.Running;

public sealed class HttpTransportTests
{
    private static async Task<(Answer Answer, Journey Journey)> SendAsync(TestOrigin origin, Step step, bool http2 = false)
    {
        using var transport = new HttpTransport();
        var journey = new Journey
        {
            Scenario = 0,
            Plan = new()
            {
                Name = "s",
                Target = new(origin.Address.Replace("h2c:", "http:", StringComparison.Ordinal)),
                Http = http2 ? HttpVersion.Version20 : HttpVersion.Version11,
                Steps = [step],
                Simulations = [],
            },
            Values = ["sku-7", null],
        };
        using var shot = new Shot { Journey = journey, Planned = 0, Sent = 0 };
        return (await transport.SendAsync(shot), journey);
    }

    private static Step Step(string path = "/", string? body = null, IReadOnlyList<Check>? checks = null, params (int, string)[] saves) => new(
        "one", body is null ? HttpMethod.Get : HttpMethod.Post, Template.Parse(path, ["sku", "order"], Slot.Path),
        [("X-User", Template.Parse("{sku}", ["sku"], Slot.Plain)), ("Content-Type", Template.Parse("application/json", [], Slot.Plain))],
        body is null ? null : Template.Parse(body, ["sku"], Slot.Json), default, checks ?? [], saves);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Sends_what_the_step_says_over_both_versions(bool http2)
    {
        await using var origin = await TestOrigin.StartAsync(static http => http.Response.WriteAsync("12345"), http2);
        var (answer, _) = await SendAsync(origin, Step("/p/{sku}?a=1", body: """{"sku":"{sku}"}"""), http2);

        Assert.Equal(new Answer(Outcome.Ok, 200, 5), answer);
        Assert.Equal(("POST", "/p/sku-7?a=1", http2 ? "HTTP/2" : "HTTP/1.1"), (origin.Only.Method, origin.Only.Target, origin.Only.Protocol));
        Assert.Equal("sku-7", origin.Only["X-User"]);
        Assert.Equal("application/json", origin.Only["Content-Type"]);
    }

    [Fact]
    public async Task Saves_from_the_answer_and_tells_when_it_is_not_there()
    {
        await using var origin = await TestOrigin.SayingAsync("""{"items":[{"id":17}]}""");

        var (good, journey) = await SendAsync(origin, Step(saves: [(1, "/items/0/id")]));
        Assert.Equal(Outcome.Ok, good.Outcome);
        Assert.Equal("17", journey.Values[1]);
        var (bad, _) = await SendAsync(origin, Step(saves: [(1, "/items/1/id")]));
        Assert.Equal(new Answer(Outcome.Other, 200, 21, "one: nothing to save at /items/1/id"), bad);
    }

    [Fact]
    public async Task Checks_look_at_status_header_and_body()
    {
        await using var origin = await TestOrigin.StartAsync(static http =>
        {
            http.Response.Headers["Cache-Status"] = "sandglass; hit; ttl=-2";
            http.Response.StatusCode = http.Request.Path == "/gone" ? 404 : 200;
            return http.Response.WriteAsync("hello");
        });

        Assert.Equal(Outcome.Stale, (await SendAsync(origin, Step(checks: [new ContainsCheck("ell"), new HeaderCheck("cache-status", "HIT")]))).Answer.Outcome);
        Assert.Equal(Outcome.Other, (await SendAsync(origin, Step(checks: [new ContainsCheck("xyz")]))).Answer.Outcome);
        Assert.Equal(Outcome.Other, (await SendAsync(origin, Step(checks: [new HeaderCheck("X-None", "")]))).Answer.Outcome);
        Assert.Equal(Outcome.Other, (await SendAsync(origin, Step("/gone"))).Answer.Outcome);
        Assert.Equal(Outcome.Stale, (await SendAsync(origin, Step("/gone", checks: [new StatusCheck([404])]))).Answer.Outcome);
    }

    [Fact]
    public async Task No_answer_and_half_an_answer_are_errors_with_a_reason()
    {
        await using var origin = await TestOrigin.StartAsync(static async http =>
        {
            http.Response.ContentLength = 100;
            await http.Response.WriteAsync("half");
            await http.Response.Body.FlushAsync();
            http.Abort();
        });
        var (half, _) = await SendAsync(origin, Step());
        Assert.Equal(Outcome.Error, half.Outcome);
        Assert.NotNull(half.Why);

        var address = origin.Address;
        await origin.DisposeAsync();
        var (none, _) = await SendAsync(origin, Step());
        Assert.Equal("could not connect", none.Why);
    }

    [Theory]
    [InlineData("""{"a":{"b":[1,"x"]}}""", "/a/b/1", "x")]
    [InlineData("""{"a/b":true}""", "/a~1b", "True")]
    [InlineData("""{"a":{}}""", "/a", null)]
    [InlineData("<html>", "/a", null)]
    [InlineData("[1]", "/9", null)]
    public void Pointers_find_values(string json, string pointer, string? expected)
    {
        Assert.Equal(expected, JsonPointer.Find(json, pointer));
    }
}
