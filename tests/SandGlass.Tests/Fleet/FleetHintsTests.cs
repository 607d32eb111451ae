using System.Globalization;
using SandGlass.Algorithms;
using SandGlass.Algorithms.Concurrency;
using SandGlass.Fleet;
using Xunit;

namespace SandGlass.Tests.Fleet;

public class FleetHintsTests
{
    private const long Second = 1_000_000, Millisecond = Second / 1000;

    private static readonly ConcurrencyPlan Bounds = new(20, 2, 4096);

    [Fact]
    public void A_gateway_knows_what_the_others_have_learnt_of_each_route_of_a_backend()
    {
        AdaptiveLimit slow = new(Second), fast = new(Second), fresh = new(Second);
        Learn(slow, 60 * Millisecond);
        Learn(fast, 20 * Millisecond);

        FleetHints.Hear(PlanOf(fresh), Told(slow, fast), 2 * Second);

        Assert.Equal(40.0, fresh.BaseOf(3) / Millisecond, 1.0);
        Assert.Equal(0, fresh.BaseOf(4));
    }

    [Fact]
    public void A_route_of_another_backend_of_the_same_name_is_another_route()
    {
        AdaptiveLimit knows = new(Second), fresh = new(Second);
        Learn(knows, 20 * Millisecond);

        FleetHints.Hear(PlanOf(fresh, backend: "other"), Told(knows), 2 * Second);

        Assert.Equal(0, fresh.BaseOf(3));
    }

    [Fact]
    public void A_gateway_steers_by_the_windows_of_all()
    {
        AdaptiveLimit[] fleet = [.. Enumerable.Range(0, 4).Select(static _ => new AdaptiveLimit(Second))];
        long now = 0;
        foreach (int second in Enumerable.Range(0, 14))
        {
            // Twelve round trips a second each: too few for one of them.
            for (int i = 0; i < 12; i++)
            {
                now += Second / 12;
                foreach (AdaptiveLimit limit in fleet)
                {
                    limit.Sample(Bounds, now, (second < 8 ? 20 : 100) * Millisecond, second < 8 ? 1 : limit.Current(Bounds), Outcome.Success, 3);
                }
            }

            foreach (AdaptiveLimit limit in fleet)
            {
                FleetHints.Hear(PlanOf(limit), Told([.. fleet.Where(other => other != limit)]), now);
            }
        }

        Assert.All(fleet, static limit => Assert.Equal(2, limit.Current(Bounds)));
    }

    [Fact]
    public void What_makes_no_whole_hint_is_passed_over()
    {
        AdaptiveLimit knows = new(Second), fresh = new(Second);
        Learn(knows, 20 * Millisecond);
        FleetGate gate = PlanOf(fresh).Gates[0];

        FleetHints.Hear(PlanOf(fresh), [gate.WindowId, 1, 2, 3, 4, 12345, 1, 2, 3, 4, .. Told(knows), gate.Id, 1], 2 * Second);

        Assert.Equal(20.0, fresh.BaseOf(3) / Millisecond, 1.0);
    }

    [Fact]
    public void A_window_is_that_of_the_limit_told_right_before_it()
    {
        AdaptiveLimit knows = new(Second), fresh = new(Second);
        Learn(knows, 20 * Millisecond);
        FleetGate gate = PlanOf(fresh).Gates[0];
        // Nine hundred at work at once, of a gateway that tells no limit: a newcomer would begin with as much room.
        long[] strange = [12345, 1, 2, 3, 4, gate.WindowId, 48, 1000, 900_000, 0];

        FleetHints.Hear(PlanOf(fresh), [.. Told(knows), .. strange], 2 * Second);

        Assert.InRange(fresh.Current(Bounds), 2, 5);
    }

    [Fact]
    public void Who_has_begun_and_seen_nothing_yet_says_that_its_limit_is_a_guess()
    {
        AdaptiveLimit[] guesses = [.. Enumerable.Range(0, 15).Select(static _ => new AdaptiveLimit(Second))];
        AdaptiveLimit fresh = new(Second);
        foreach (AdaptiveLimit guess in guesses)
        {
            guess.Advise(LimitAdvice.None with { Start = 40, Gateways = 16, IsLearnt = true }, Bounds, 0);
            Learn(guess, 20 * Millisecond);
        }

        Assert.All(guesses, guess => Assert.True(guess.Hint(Bounds, 2 * Second) is { IsGuess: true, Limit: > 0 }));
        FleetHints.Hear(PlanOf(fresh), Told(guesses), 2 * Second);

        Assert.InRange(fresh.Current(Bounds), 2, 5);
    }

    [Fact]
    public void News_of_hot_keys_move_no_limit()
    {
        AdaptiveLimit knows = new(Second), fresh = new(Second);
        for (int i = 1; i <= 2000; i++)
        {
            knows.Sample(Bounds, i * Millisecond, Millisecond, knows.Current(Bounds), Outcome.Success, 3);
        }

        FleetHints.Hear(PlanOf(fresh), Told(knows), 2 * Second, advises: false);
        Assert.Equal(Bounds.Initial, fresh.Current(Bounds));
        FleetHints.Hear(PlanOf(fresh), Told(knows), 2 * Second);

        Assert.Equal(knows.Current(Bounds), fresh.Current(Bounds));
    }

    private static void Learn(AdaptiveLimit limit, long roundTrip)
    {
        for (int i = 1; i <= 100; i++)
        {
            limit.Sample(Bounds, i * 10 * Millisecond, roundTrip, 1, Outcome.Success, 3);
        }

        limit.Sample(Bounds, 2 * Second, roundTrip, 1, Outcome.Success, 3);
    }

    private static FleetPlan PlanOf(AdaptiveLimit limit, string backend = "shop") =>
        new(new("test", RedisAddress.TryParse("127.0.0.1:1", out _)), [], [new(backend, limit, Bounds, [("order", 3), ("pay", 4)])], []);

    // As Redis hands it on: one text after the other, as numbers.
    private static long[] Told(params AdaptiveLimit[] others) =>
        [.. others.SelectMany(other => FleetHints.Say(PlanOf(other), 4, 0).Split(' ')).Select(static word => long.Parse(word, CultureInfo.InvariantCulture))];
}
