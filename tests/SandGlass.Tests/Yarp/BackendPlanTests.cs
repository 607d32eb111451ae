using SandGlass.Request;
using SandGlass.Testing;
using SandGlass.Yarp;
using Xunit;
using Outcome = SandGlass.Algorithms.Outcome;
using TestContext = SandGlass.Testing.TestContext;

namespace SandGlass.Tests.Yarp;

public sealed class BackendPlanTests
{
    private const string Health = "\"health\": { \"interval\": \"10s\" }";
    private const string Ejection = "\"ejection\": { \"minRequests\": 4, \"window\": \"10s\", \"for\": \"10s\" }";

    public static TheoryData<string> Kinds => new("power-of-two", "round-robin", "least-requests", "random", "first");

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Leaves_out_an_ejected_one_and_lets_it_back_slowly(string kind)
    {
        using var glass = new Glass(Three(kind, Ejection));
        using var request = new TestContext();
        var (backend, passage) = (glass.Route.Backend!, glass.Enter(request));
        Fail(glass, backend.Destinations[0]);

        var during = Count(glass, passage, 600);
        glass.Clock.Advance(TimeSpan.FromSeconds(10));
        var fresh = Count(glass, passage, 600);
        glass.Clock.Advance(TimeSpan.FromSeconds(5));
        var whole = Count(glass, passage, 600);

        Assert.Equal(0, during[0]);
        // "First" sends the whole of its share there; the others a third, "power-of-two" and "least-requests" too, as none is busy.
        var share = kind == "first" ? 600 : 200;
        Assert.InRange(fresh[0], share * 0.03, share * 0.25);
        Assert.InRange(whole[0], share * 0.75, share * 1.25);
        Assert.Equal((600, 600, 600), (during.Sum(), fresh.Sum(), whole.Sum()));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Asks_all_when_none_can_be_used(string kind)
    {
        using var glass = new Glass(Three(kind, Health));
        using var request = new TestContext();
        foreach (var destination in glass.Route.Backend!.Destinations)
        {
            Sicken(glass, destination);
        }

        var picked = Count(glass, glass.Enter(request), 600);

        Assert.All(kind == "first" ? picked[..1] : picked, static n => Assert.InRange(n, 100, 600));
    }

    [Fact]
    public void Ejects_no_more_than_half()
    {
        using var glass = new Glass(Three("round-robin", Ejection));
        using var request = new TestContext();
        var backend = glass.Route.Backend!;
        foreach (var destination in backend.Destinations)
        {
            Fail(glass, destination);
        }

        var picked = Count(glass, glass.Enter(request), 600);

        Assert.Equal([0, 300, 300], picked);
    }

    [Fact]
    public void Keeps_what_is_known_over_a_reload_and_forgets_it_with_the_address()
    {
        using var glass = new Glass(Three("round-robin", Health));
        using var request = new TestContext();
        Sicken(glass, glass.Route.Backend!.Destinations[0]);

        glass.Apply(Three("random", Health));
        Assert.Equal(0, Count(glass, glass.Enter(request), 300)[0]);
        // Who is not probed any more is not kept out by an old probe.
        glass.Apply(Three("round-robin", Ejection));
        Assert.Equal(100, Count(glass, glass.Enter(request), 300)[0]);
        glass.Apply(Three("round-robin", Health));
        Assert.Equal(0, Count(glass, glass.Enter(request), 300)[0]);
        glass.Apply(Three("round-robin", Health).Replace(":7001", ":8001", StringComparison.Ordinal));
        Assert.Equal(100, Count(glass, glass.Enter(request), 300)[0]);
    }

    [Fact]
    public void Fails_over_when_none_can_be_used_and_comes_back_slowly()
    {
        using var glass = new Glass("""
            {
              "backends": {
                "marketing": { "destinations": { "a": "http://127.0.0.1:7001" }, "health": {}, "failover": "second" },
                "second":    { "destinations": { "a": "http://127.0.0.1:7002" }, "health": {}, "failover": "third" },
                "third":     { "destinations": { "a": "http://127.0.0.1:7003" }, "health": {} }
              },
              "routes": { "r": { "chain": "marketing", "match": { "path": "/r/{id}" } } }
            }
            """);
        using var request = new TestContext();
        var passage = glass.Enter(request);
        var backends = glass.Store.Current.Backends;
        var (first, second, third) = (backends["marketing"], backends["second"], backends["third"]);
        Assert.Same(first, InCharge());

        Sicken(glass, first.Destinations[0]);
        Assert.Same(second, InCharge());
        Sicken(glass, second.Destinations[0]);
        Assert.Same(third, InCharge());
        Sicken(glass, third.Destinations[0]);
        Assert.Same(first, InCharge());

        Heal(glass, third.Destinations[0]);
        Assert.Same(third, InCharge());
        Heal(glass, first.Destinations[0]);
        var mixed = Enumerable.Range(0, 1000).Select(_ => InCharge()).ToArray();
        Assert.InRange(mixed.Count(b => b == first), 50, 180);
        Assert.DoesNotContain(second, mixed);
        glass.Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Same(first, InCharge());

        BackendPlan InCharge() => first.InCharge(passage, glass.Clock.GetTimestamp());
    }

    [Fact]
    public void A_second_attempt_goes_to_another_or_to_nobody()
    {
        using var glass = new Glass(Three("power-of-two", Health));
        using var request = new TestContext();
        var (backend, passage, now) = (glass.Route.Backend!, glass.Enter(request), glass.Clock.GetTimestamp());
        var (a, b, c) = (backend.Destinations[0], backend.Destinations[1], backend.Destinations[2]);

        Assert.All(Enumerable.Range(0, 100), _ => Assert.Contains(backend.PickOther(passage, [a], now), new[] { b, c }));
        Sicken(glass, b);
        Assert.All(Enumerable.Range(0, 100), _ => Assert.Same(c, backend.PickOther(passage, [a], now)));
        Assert.Null(backend.PickOther(passage, [a, c], now));
    }

    [Fact]
    public void Picking_allocates_nothing_in_trouble_or_not()
    {
        using var glass = new Glass(Three("power-of-two", Health));
        using var request = new TestContext();
        var passage = glass.Enter(request);
        Count(glass, passage, 100);
        Assert.Equal(0, Allocated.Per(() => Pick(10)));
        Sicken(glass, glass.Route.Backend!.Destinations[0]);
        Pick(100);
        Assert.Equal(0, Allocated.Per(() => Pick(10)));

        void Pick(int times)
        {
            for (var i = 0; i < times; i++)
            {
                passage.Backend!.Pick(passage, glass.Clock.GetTimestamp());
            }
        }
    }

    private static string Three(string kind, string more) => $$"""
        {
          "backends": { "marketing": {
            "destinations": { "a": "http://127.0.0.1:7001", "b": "http://127.0.0.1:7002", "c": "http://127.0.0.1:7003" },
            "loadBalancing": "{{kind}}", {{more}} } },
          "routes": { "r": { "chain": "marketing", "match": { "path": "/r/{id}" } } }
        }
        """;

    private static int[] Count(Glass glass, Passage passage, int times)
    {
        var backend = glass.Route.Backend!;
        var picked = new int[backend.Destinations.Count];
        for (var i = 0; i < times; i++)
        {
            picked[backend.Pick(passage, glass.Clock.GetTimestamp()).Index]++;
        }

        return picked;
    }

    private static void Fail(Glass glass, DestinationPlan destination)
    {
        for (var i = 0; i < 4; i++)
        {
            destination.State.Enter();
            destination.Leave(Outcome.Failure, glass.Clock);
        }
    }

    private static void Sicken(Glass glass, DestinationPlan destination) => Probe(glass, destination, good: false);

    private static void Heal(Glass glass, DestinationPlan destination) => Probe(glass, destination, good: true);

    private static void Probe(Glass glass, DestinationPlan destination, bool good)
    {
        destination.State.Probes.Report(good, glass.Clock.GetTimestamp());
        destination.State.Probes.Report(good, glass.Clock.GetTimestamp());
        destination.Backend.Trouble();
    }
}
