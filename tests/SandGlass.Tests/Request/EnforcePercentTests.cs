using System.Globalization;
using SandGlass.Request;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Request;

public sealed class EnforcePercentTests
{
    private const int Clients = 2000;

    [Fact]
    public async Task Acts_on_its_share_of_the_clients_and_is_in_shadow_for_the_others()
    {
        using var glass = new Glass(Policies.Switch("\"refuse\": {}", more: "\"enforcePercent\": 30"));
        glass.Throw("s");

        var refused = await RefusedAsync(glass);

        // Five standard deviations of a binomial with 2,000 clients at 30 %.
        Assert.InRange(refused.Count, (0.3 * Clients) - 103, (0.3 * Clients) + 103);
        Assert.Equal(Clients - refused.Count, glass.Shadowed(Place.Switch));
    }

    [Fact]
    public async Task Keeps_a_client_on_its_side_after_a_restart_and_when_the_percentage_grows()
    {
        using var first = new Glass(Policies.Switch("\"refuse\": {}", more: "\"enforcePercent\": 10"), seed: 1);
        using var second = new Glass(Policies.Switch("\"refuse\": {}", more: "\"enforcePercent\": 20"), seed: 2);
        first.Throw("s");
        second.Throw("s");

        var before = await RefusedAsync(first);
        var after = await RefusedAsync(second);

        Assert.Equal(before, before.Intersect(after).ToHashSet());
        Assert.True(after.Count > before.Count);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("100", Clients)]
    public async Task Acts_on_nobody_at_0_and_on_all_at_100(string percent, int expected)
    {
        using var glass = new Glass(Policies.Switch("\"refuse\": {}", more: $"\"enforcePercent\": {percent}"));
        glass.Throw("s");

        Assert.Equal(expected, (await RefusedAsync(glass)).Count);
    }

    [Fact]
    public async Task Takes_the_lower_of_the_layers_percentage_and_the_rules()
    {
        using var glass = new Glass(Policies.Switch(
            "\"refuse\": {}", more: "\"enforcePercent\": 90", sections: "\"layers\": { \"switch\": { \"enforcePercent\": 0 } }"));
        glass.Throw("s");

        Assert.Empty(await RefusedAsync(glass));
    }

    [Fact]
    public async Task Admits_a_fraction_independently_of_whom_it_acts_on()
    {
        // Were both the same roll, the half that the switch acts on would be the very half that it admits.
        using var glass = new Glass(Policies.Switch("\"admit\": 0.5", more: "\"enforcePercent\": 50"));
        glass.Throw("s");

        Assert.InRange((await RefusedAsync(glass)).Count, (0.25 * Clients) - 100, (0.25 * Clients) + 100);
    }

    [Fact]
    public async Task Tells_no_quota_to_a_client_whose_quota_is_in_shadow()
    {
        using var glass = new Glass(Policies.Limit("\"rate\": \"1/s\", \"enforcePercent\": 50"));
        var told = 0;
        var quota = false;
        glass.Forwarder.Does = passage =>
        {
            quota = passage.Quota.Plan is not null;
            return new(new ForwardResult(ForwardEnd.Answered, 200));
        };
        for (var i = 0; i < 200; i++)
        {
            using var first = await glass.GetAsync(from: Client(i));
            using var second = await glass.GetAsync(from: Client(i));

            Assert.Equal(quota, second.Status == 429);
            told += second.Status == 429 ? 1 : 0;
        }

        Assert.InRange(told, 65, 135);
        Assert.Equal(200 - told, glass.Shadowed(Place.RateLimit));
    }

    [Fact]
    public async Task Passes_the_backends_own_failure_on_to_those_whose_fallback_is_in_shadow()
    {
        using var glass = new Glass(Policies.With("\"fallback\": \"f\"", "\"fallbacks\": { \"f\": { \"status\": 200, \"body\": \"sorry\", \"enforcePercent\": 50 } }, \"breakers\": { \"default\": { \"mode\": \"off\" } }"));
        glass.Forwarder.Does = static _ => new(new ForwardResult(ForwardEnd.Unreachable, 502));
        var given = 0;
        for (var i = 0; i < 200; i++)
        {
            using var answer = await glass.GetAsync(from: Client(i));
            given += answer.Status == 200 ? 1 : 0;
        }

        Assert.InRange(given, 65, 135);
        Assert.Equal(given, glass.Total(RequestOutcome.Fallback));
        Assert.Equal(200 - given, glass.Total(RequestOutcome.Failed));
    }

    private static async Task<HashSet<int>> RefusedAsync(Glass glass)
    {
        var refused = new HashSet<int>();
        for (var i = 0; i < Clients; i++)
        {
            using var answer = await glass.GetAsync(from: Client(i));
            if (answer.Status == 503)
            {
                refused.Add(i);
            }
        }

        return refused;
    }

    private static string Client(int i) => string.Create(CultureInfo.InvariantCulture, $"198.51.{i / 256}.{i % 256}");
}
