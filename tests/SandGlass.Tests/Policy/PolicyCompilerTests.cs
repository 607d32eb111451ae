using System.Text;
using SandGlass.Algorithms.Rates;
using SandGlass.Layers.Break;
using SandGlass.Layers.Coalesce;
using SandGlass.Layers.RateLimit;
using SandGlass.Layers.Shed;
using SandGlass.Layers.Switch;
using SandGlass.Policy;
using SandGlass.Request;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Policy;

public sealed class PolicyCompilerTests
{
    private static string Full(string rate = "10/s", string open = "5s", string ttl = "1s", string layers = "", int max = 8, int maxKeys = 1000) => Policies.With(
        $"\"rateLimits\": [ \"a\", \"b\" ], \"fallback\": \"f\", \"coalesce\": {{ \"ttl\": \"{ttl}\" }}, \"breaker\": {{ \"open\": \"{open}\" }}",
        $"\"rateLimits\": {{ \"a\": {{ \"rate\": \"{rate}\" }}, \"b\": {{ \"rate\": \"5/s\", \"maxKeys\": {maxKeys} }} }}, \"fallbacks\": {{ \"f\": {{ \"body\": \"b\" }} }}, "
        + "\"switches\": { \"s\": { \"chains\": [ \"marketing\" ], \"do\": { \"refuse\": {} } } }" + layers,
        $"\"concurrency\": {{ \"initial\": 1, \"min\": 1, \"max\": {max} }}");

    [Fact]
    public void Puts_the_rules_in_the_order_of_the_way()
    {
        using var glass = new Glass(Full());

        Assert.Equal([Place.Shed, Place.Fallback, Place.Switch, Place.RateLimit, Place.RateLimit, Place.Coalesce, Place.Shed, Place.Break], glass.Route.Rules.Select(static r => r.Layer.Place));
        Assert.Equal(["gateway", "f", "s", "a", "b", "r", "marketing", "r"], glass.Route.Rules.Select(static r => r.Name));
    }

    [Theory]
    [InlineData("fallback", Place.Fallback)]
    [InlineData("switch", Place.Switch)]
    [InlineData("rate-limit", Place.RateLimit)]
    [InlineData("coalesce", Place.Coalesce)]
    [InlineData("shed", Place.Shed)]
    [InlineData("break", Place.Break)]
    public void Leaves_out_what_is_off_and_lowers_what_is_in_shadow(string layer, Place place)
    {
        using var off = new Glass(Full(layers: $", \"layers\": {{ \"{layer}\": {{ \"mode\": \"off\" }} }}"));
        using var shadow = new Glass(Full(layers: $", \"layers\": {{ \"{layer}\": {{ \"mode\": \"shadow\" }} }}"));

        Assert.DoesNotContain(off.Route.Rules, r => r.Layer.Place == place);
        Assert.All(shadow.Route.Rules, r => Assert.Equal(r.Layer.Place != place, r.Mode == SandGlass.Policy.Mode.Enforce));
    }

    [Fact]
    public void Keeps_what_is_known_by_name_and_takes_over_what_is_new()
    {
        using var glass = new Glass(Full());
        var before = glass.Route;
        object[] known = [Of<RateLimitPlan>(before).State, Of<RateLimitPlan>(before, 1).State, Of<CoalescePlan>(before).Cache, before.Backend!.Gate.State, Of<BreakPlan>(before).State, Of<SwitchPlan>(before).State, before.Tally];

        glass.Apply(Full(rate: "99/s", open: "9s", ttl: "2s", max: 9));
        var after = glass.Route;

        Assert.NotSame(before, after);
        Assert.Equal(known, [Of<RateLimitPlan>(after).State, Of<RateLimitPlan>(after, 1).State, Of<CoalescePlan>(after).Cache, after.Backend!.Gate.State, Of<BreakPlan>(after).State, Of<SwitchPlan>(after).State, after.Tally]);
        Assert.NotEqual(Bucket(before), Bucket(after));
        Assert.Equal(Bucket(before, 1), Bucket(after, 1));
        Assert.Equal(9 * glass.Clock.TimestampFrequency, Of<BreakPlan>(after).Breaker.Open);
        Assert.Equal(2 * glass.Clock.TimestampFrequency, Of<CoalescePlan>(after).Ttl);
    }

    [Fact]
    public void Empties_only_the_table_whose_bound_changed_and_forgets_what_nobody_names()
    {
        using var glass = new Glass(Full());
        var (a, b) = (glass.State.RateLimits["a"], glass.State.RateLimits["b"]);

        glass.Apply(Full(maxKeys: 2000));
        Assert.Same(a, glass.State.RateLimits["a"]);
        Assert.NotSame(b, glass.State.RateLimits["b"]);

        glass.Apply(Policies.With());
        Assert.Empty(glass.State.RateLimits);
        Assert.Equal(["r"], glass.State.Breakers.Keys);
    }

    [Fact]
    public async Task Lets_a_quota_survive_a_reload()
    {
        using var glass = new Glass(Policies.Limit("\"rate\": \"1/h\", \"burst\": 2"));
        (await glass.GetAsync()).Dispose();
        (await glass.GetAsync()).Dispose();
        for (var i = 0; i < 20; i++)
        {
            glass.Apply(Policies.Limit("\"rate\": \"1/h\", \"burst\": 2", sections: $"\"name\": \"n{i}\""));
            using var answer = await glass.GetAsync();
            Assert.Equal(429, answer.Status);
        }
    }

    [Fact]
    public async Task Lets_a_request_end_on_the_policy_on_which_it_began()
    {
        using var glass = new Glass(Full());
        var backend = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        glass.Forwarder.Does = async _ =>
        {
            await backend.Task;
            return new(ForwardEnd.Answered, 200);
        };
        var sent = glass.GetAsync();

        glass.Apply(Policies.With(path: "/elsewhere"));
        glass.Apply(Full());
        backend.SetResult();
        using var answer = await sent;

        Assert.Equal(200, answer.Status);
        LayerContractTests.AssertNothingHeld(glass);
    }

    private static GcraPlan Bucket(RoutePlan route, int which = 0) =>
        ((RateMeter<GcraPlan, long, Gcra>)Of<RateLimitPlan>(route, which).Meter).Plan;

    private static T Of<T>(RoutePlan route, int which = 0)
        where T : Rule => route.Rules.OfType<T>().ElementAt(which);

    [Fact]
    public void Takes_a_list_and_a_secret_as_they_were_when_they_were_checked()
    {
        var folder = TestFolder.New("compile-");
        try
        {
            var (list, secret) = (Path.Combine(folder, "cdn.txt"), Path.Combine(folder, "token"));
            File.WriteAllText(list, "192.0.2.0/24\n");
            File.WriteAllText(secret, "a-secret\n");
            using var glass = new Glass(Policies.With(), folder);
            var reading = glass.Store.Check(Encoding.UTF8.GetBytes(Policies.With(sections:
                "\"edge\": { \"trustedProxies\": [ \"file:cdn.txt\" ] }, \"explain\": { \"token\": \"file:token\" }")));

            // An operator who writes them anew at this moment must not leave a gateway that trusts nobody.
            File.WriteAllText(list, "no range\n");
            File.WriteAllText(secret, string.Empty);
            var snapshot = new PolicyCompiler(glass.Pipeline, glass.State).Compile(reading);

            Assert.True(snapshot.Trust.TrustedProxies.Contains(ClientAddress.From(System.Net.IPAddress.Parse("192.0.2.1"))));
            Assert.True(snapshot.ExplainToken!.Holds("a-secret"));
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }
}
