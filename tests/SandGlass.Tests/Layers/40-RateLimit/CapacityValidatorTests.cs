using SandGlass.Policy;
using Xunit;
using static SandGlass.Tests.Policy.PolicyCase;

namespace SandGlass.Tests.Layers.RateLimit;

public sealed class CapacityValidatorTests
{
    public static TheoryData<string, string, string> Cases { get; } = new()
    {
        { "SG2010", "/backends/shop/capacity", Shop("§\"400/s\"", "\"l\": { \"rate\": \"401/s\", \"key\": \"route\" }", "\"rateLimits\": [ \"l\" ]") },
        { "SG2010", "/rateLimits/l/rate", Shop("\"400/s\"", "\"l\": { \"rate\": §\"401/s\" }", "\"rateLimits\": [ \"l\" ]") },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Is_told_with_its_place(string rule, string pointer, string marked) => Holds(rule, pointer, marked);

    [Theory]
    // The sum over routes: each has a bucket by route, one by chain is shared.
    [InlineData("\"l\": { \"rate\": \"200/s\", \"key\": \"route\" }", null, "l", "l")]
    [InlineData("\"l\": { \"rate\": \"201/s\", \"key\": \"route\" }", "402/s together", "l", "l")]
    [InlineData("\"l\": { \"rate\": \"400/s\", \"key\": \"chain\" }", null, "l", "l")]
    [InlineData("\"l\": { \"rate\": \"500/s\", \"key\": [ \"chain\", \"route\" ] }", "1000/s together", "l", "l")]
    [InlineData("\"l\": { \"rate\": \"300/s\", \"key\": \"route\" }", null, "l", "")]
    [InlineData("\"l\": { \"rate\": \"500/s\", \"key\": \"route\" }", "500/s together", "l", "")]
    [InlineData("\"l\": { \"rate\": \"30000/m\", \"key\": \"route\" }", "500/s together", "l", "")]
    // The tightest of several holds, and a shared one holds what single ones would admit.
    [InlineData("\"l\": { \"rate\": \"5000/s\", \"key\": \"route\" }, \"m\": { \"rate\": \"100/s\", \"key\": \"route\" }", null, "l,m", "m")]
    [InlineData("\"l\": { \"rate\": \"300/s\", \"key\": \"route\" }, \"m\": { \"rate\": \"350/s\", \"key\": \"chain\" }", null, "l,m", "l,m")]
    [InlineData("\"l\": { \"rate\": \"300/s\", \"key\": \"route\" }, \"m\": { \"rate\": \"350/s\", \"key\": \"chain\" }", "600/s together", "l", "l")]
    // Cost makes requests fewer.
    [InlineData("\"l\": { \"rate\": \"800/s\", \"burst\": 900, \"key\": \"chain\", \"cost\": 2 }", null, "l", "l")]
    [InlineData("\"l\": { \"rate\": \"802/s\", \"burst\": 900, \"key\": \"chain\", \"cost\": 2 }", "401/s together", "l", "l")]
    // What does not limit is not a limit.
    [InlineData("\"l\": { \"rate\": \"500/s\", \"key\": \"route\", \"mode\": \"shadow\" }", null, "l", "l")]
    [InlineData("\"l\": { \"rate\": \"500/s\", \"burst\": 9, \"key\": \"route\", \"algorithm\": \"concurrency\" }", null, "l", "l")]
    // One client alone.
    [InlineData("\"l\": { \"rate\": \"400/s\" }", null, "l", "l")]
    [InlineData("\"l\": { \"rate\": \"20000/s\" }", "one client alone may ask 20000/s of the backend \"shop\" on the route \"a\", and it bears 400/s", "l", "l")]
    [InlineData("\"l\": { \"rate\": \"500/s\", \"key\": [ \"header:X-User\", \"client\" ] }", "one key (header:X-User, client) alone", "l", "")]
    [InlineData("\"l\": { \"rate\": \"20000/s\" }, \"m\": { \"rate\": \"100/s\", \"key\": \"route\" }", null, "l,m", "l,m")]
    [InlineData("\"l\": { \"rate\": \"20000/s\" }, \"m\": { \"rate\": \"10/s\", \"key\": \"header:X-User\" }", null, "l,m", "l,m")]
    // Who sends no header is not held by a limit that skips those without.
    [InlineData("\"l\": { \"rate\": \"20000/s\" }, \"m\": { \"rate\": \"10/s\", \"key\": \"header:X-User\", \"absent\": \"skip\" }", "one client alone", "l,m", "")]
    [InlineData("\"m\": { \"rate\": \"500/s\", \"key\": \"header:X-User\", \"absent\": \"skip\" }", "one key (header:X-User) alone", "m", "")]
    [InlineData("\"l\": { \"rate\": \"20000/s\" }", null, "", "")]
    public void Holds_the_limits_against_what_is_borne(string limits, string? told, string a, string b)
    {
        string text = Shop("\"400/s\"", limits, Named(a)).Replace("\"match\": { \"path\": \"/b\" }", "\"match\": { \"path\": \"/b\" }" + Comma(Named(b)), StringComparison.Ordinal);
        PolicyReading reading = Read(text);

        Assert.True(reading.Valid, string.Join('\n', reading.Problems));
        string[] messages = [.. reading.Problems.Where(one => one.Rule == "SG2010").Select(one => one.Message)];
        Assert.Equal(told is null ? 0 : 1, messages.Length);
        Assert.All(messages, one => Assert.Contains(told!, one, StringComparison.Ordinal));
    }

    [Fact]
    public void Tells_the_numbers_and_the_limits() => Assert.Equal(
        "its routes' limits admit 450/s together, and \"shop\" bears 400/s: 450/s on \"a\" by \"l\"; lower the limits, or correct the capacity",
        Read(Shop("\"400/s\"", "\"l\": { \"rate\": \"450/s\", \"key\": \"route\" }", Named("l"))).Problems.Single(one => one.Rule == "SG2010").Message);

    [Theory]
    [InlineData("\"coalesce\": { \"ttl\": \"1s\" }, ", "")]
    [InlineData("", "\"layers\": { \"rate-limit\": { \"mode\": \"shadow\" } }, ")]
    public void Is_silent_where_it_does_not_come_to_that(string route, string section)
    {
        string text = Shop("\"400/s\"", "\"l\": { \"rate\": \"900/s\" }", route + Named("l")).Replace("\"backends\"", section + "\"backends\"", StringComparison.Ordinal);
        PolicyReading reading = Read(text);

        Assert.True(reading.Valid);
        Assert.DoesNotContain(reading.Problems, one => one.Rule == "SG2010");
    }

    [Fact]
    public void Knows_that_shared_fetches_in_shadow_are_not_shared()
    {
        Assert.Contains(
            Read(Shop("\"400/s\"", "\"l\": { \"rate\": \"900/s\" }", "\"coalesce\": { \"ttl\": \"1s\", \"mode\": \"shadow\" }, " + Named("l"))).Problems,
            one => one.Rule == "SG2010");
    }

    private static string Named(string limits) =>
        limits.Length == 0 ? "" : $"\"rateLimits\": [ {string.Join(", ", limits.Split(',').Select(one => $"\"{one}\""))} ]";

    private static string Comma(string more) => more.Length > 0 ? ", " + more : "";

    private static string Shop(string capacity, string limits, string route) => $$"""
        {
          "backends": { "shop": { "destinations": { "a": "http://127.0.0.1:7001" }, "capacity": {{capacity}} } },
          "rateLimits": { {{limits}} },
          "routes": {
            "a": { "chain": "marketing", "backend": "shop", "match": { "path": "/a" }{{Comma(route)}} },
            "b": { "chain": "marketing", "backend": "shop", "match": { "path": "/b" } }
          }
        }
        """;
}
