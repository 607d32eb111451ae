using SandGlass.LoadTests.Measuring;
using SandGlass.LoadTests.Planning;
using SandGlass.LoadTests.Running;
using SandGlass.Testing;

namespace SandGlass.LoadTests.Tests.Running;

public sealed class EngineTests
{
    private readonly TestClock _clock = new();

    private static TimeSpan Ms(double ms) => TimeSpan.FromMilliseconds(ms);

    private VirtualServer Server(Func<Shot, double, (TimeSpan, Answer)> answer) => new(_clock, answer);

    private VirtualServer Steady(double ms = 2) => Server((_, _) => (Ms(ms), Some.Good));

    [Fact]
    public void Sends_each_at_its_planned_moment_whatever_comes_back()
    {
        // Nothing comes back within the run.
        var server = Steady(ms: 20_000);
        var recorder = server.Run(new([Some.Scenario(Some.Inject(100, 10))], seed: 1));

        Assert.Equal(1_000, server.Sent.Count);
        Assert.All(server.Sent.Index(), s => Assert.InRange(s.Item.At, (s.Index + 0.5) / 100, ((s.Index + 0.5) / 100) + 0.00001));
        Assert.Equal(1_000, recorder.Count(0, null, static o => o.Good()));
        Assert.True(recorder.Late.Max < Ms(0.1));
    }

    [Fact]
    public void A_server_that_stalls_one_second_in_ten_shows_from_the_plan_and_from_the_start_only_where_the_start_is_on_time()
    {
        // Two milliseconds, but whoever is there when the stall begins waits until it is over.
        static (TimeSpan, Answer) Stalling(Shot shot, double at) => (TimeSpan.FromSeconds((at % 10 >= 9 ? Math.Ceiling(at / 10) * 10 : at) + 0.002 - at), Some.Good);

        // One connection, as a tool has that waits for its answer before it sends on: its own stopwatch sees one slow request in a thousand.
        var held = Server(Stalling).Run(new([Some.Scenario(Some.Inject(100, 100))], seed: 1), mostInFlight: 1, waitWhenFull: true);
        var omitted = held.Sum(0, null, static o => o.Good());
        Assert.InRange(omitted.FromPlan.Quantile(0.99).TotalSeconds, 0.85, 1.05);
        Assert.InRange(omitted.FromStart.Quantile(0.99).TotalMilliseconds, 1.98, 2.1);
        Assert.InRange(held.Waited, 900, 1_300);

        // As many as it takes: both tell the truth.
        var open = new VirtualServer(new TestClock(), Stalling).Run(new([Some.Scenario(Some.Inject(100, 100))], seed: 1));
        var seen = open.Sum(0, null, static o => o.Good());
        Assert.InRange(seen.FromPlan.Quantile(0.99).TotalSeconds, 0.85, 1.05);
        Assert.InRange(seen.FromStart.Quantile(0.99).TotalSeconds, 0.85, 1.05);
    }

    [Fact]
    public void A_generator_that_is_held_up_shows_it_from_the_plan_and_its_run_is_not_valid()
    {
        var server = Steady();
        server.GeneratorStalls = (5, 1);
        var behind = server.Run(new([Some.Scenario(Some.Inject(100, 10))], seed: 1));
        var late = behind.Sum(0, null, static o => o.Good());

        Assert.InRange(late.FromPlan.Quantile(0.99).TotalSeconds, 0.85, 1.15);
        Assert.InRange(late.FromStart.Quantile(0.99).TotalMilliseconds, 1.98, 2.1);
        Assert.InRange(behind.LateStarts, 95, 101);
        Assert.Contains(Verdict.Reasons(behind.Late, behind.Starts, behind.Dropped, TimeSpan.Zero), static r => r.Contains("fell behind", StringComparison.Ordinal));
    }

    [Fact]
    public void Percentiles_agree_with_the_servers_own_distribution_within_one_percent()
    {
        var times = new List<TimeSpan>();
        var dice = new Dice(11);
        var server = Server((_, _) =>
        {
            // Exponential, 20 ms in the mean.
            times.Add(TimeSpan.FromSeconds(-0.02 * Math.Log(1 - dice.Roll())));
            return (times[^1], Some.Good);
        });
        var recorder = server.Run(new([Some.Scenario(Some.Inject(500, 60))], seed: 1));

        times.Sort();
        var measured = recorder.Sum(0, null, static o => o.Good()).FromPlan;
        foreach (var part in new[] { 0.1, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999 })
        {
            var exact = times[(int)LogLinearHistogram.Rank(times.Count, part) - 1].TotalMilliseconds;
            Assert.InRange(measured.Quantile(part).TotalMilliseconds, exact * 0.99, (exact * 1.01) + 0.01);
        }
    }

    [Fact]
    public void Warm_up_is_sent_and_left_out()
    {
        var scenario = Some.Scenario(Some.Inject(100, 10)) with { WarmUp = TimeSpan.FromSeconds(3) };
        var server = Steady();
        var recorder = server.Run(new([scenario], seed: 1));

        Assert.Equal(1_300, server.Sent.Count);
        Assert.Equal(1_000, recorder.Count(0, null, static _ => true));
        Assert.Equal(1_000, recorder.Starts);
        Assert.All(recorder.Series.Moments.Take(10), static m => Assert.Equal(100, m.Planned));
        Assert.All(recorder.Series.Moments.Skip(10), static m => Assert.Equal(0, m.Planned));
    }

    [Fact]
    public void Shorter_warm_ups_begin_later_so_that_all_are_measured_from_one_moment_on()
    {
        var server = Steady();
        server.Run(new([Some.Scenario(Some.Inject(10, 10)) with { WarmUp = TimeSpan.FromSeconds(4) }, Some.Scenario(Some.Inject(10, 10)) with { WarmUp = TimeSpan.FromSeconds(1) }], seed: 1));

        Assert.InRange(server.Sent.First(static s => s.Shot.Journey.Scenario == 1).At, 3.0, 3.1);
        Assert.Equal([140, 110], server.Sent.GroupBy(static s => s.Shot.Journey.Scenario).OrderBy(static g => g.Key).Select(static g => g.Count()));
    }

    [Fact]
    public void Who_comes_when_all_places_are_taken_is_dropped_and_counted()
    {
        var recorder = Steady(ms: 1_000).Run(new([Some.Scenario(Some.Inject(100, 10))], seed: 1), mostInFlight: 50);

        Assert.InRange(recorder.Starts, 500, 550);
        Assert.Equal(1_000, recorder.Starts + recorder.Dropped);
        Assert.Contains(Verdict.Reasons(recorder.Late, recorder.Starts, recorder.Dropped, TimeSpan.Zero), static r => r.Contains("--max-in-flight", StringComparison.Ordinal));
    }

    [Fact]
    public void A_request_without_an_answer_is_an_error_when_its_time_is_over()
    {
        var scenario = Some.Scenario(Some.Inject(10, 1)) with { Timeout = TimeSpan.FromSeconds(2) };
        var recorder = Steady(ms: 1e9).Run(new([scenario], seed: 1));

        Assert.Equal(10, recorder.Count(0, null, static o => o == Outcome.Error));
        Assert.Equal([("timed out", 10L)], recorder.Reasons);
        Assert.InRange(recorder.Sum(0, null, static _ => true).FromPlan.Max.TotalSeconds, 2, 2.11);
    }

    [Fact]
    public void Closed_users_wait_for_their_answers_and_come_and_go_with_the_ramp()
    {
        var server = Steady(ms: 100);
        var load = new Load([Some.Scenario(new RampingConstant(10, TimeSpan.FromSeconds(10)), new KeepConstant(10, TimeSpan.FromSeconds(10)))], seed: 1);
        var recorder = server.Run(load);

        // 10 users of 10 requests a second for 10 s, and half of that on the ramp, less what the hundredths of a second cost.
        Assert.InRange(recorder.Count(0, null, static _ => true), 1_300, 1_520);
        var steady = server.Sent.Where(static s => s.At is >= 12 and < 13).ToList();
        Assert.Equal(10, steady.Select(static s => s.Shot.Journey.User).Distinct().Count());
        Assert.InRange(steady.Count, 85, 101);
        Assert.DoesNotContain(server.Sent, static s => s.At > 20);
    }

    [Fact]
    public void Iterations_are_counted_to_one()
    {
        var recorder = Steady(ms: 10).Run(new([Some.Scenario(new IterationsForConstant(7, 1_000))], seed: 1));

        Assert.Equal(1_000, recorder.Count(0, null, static _ => true));
    }

    [Fact]
    public void A_journey_goes_step_by_step_thinks_and_ends_where_it_fails()
    {
        var scenario = Some.Scenario(Some.Inject(10, 1)) with
        {
            Feeds = [new ZipfFeed("sku", "sku-", new(500, 1.1))],
            Values = 1,
            Steps = [Some.Step("/browse", TimeSpan.FromSeconds(1)), Some.Step("/p/{sku}", TimeSpan.FromSeconds(2), "sku"), Some.Step("/pay/{sku}", default, "sku")],
        };
        var refused = 0;
        var server = Server((shot, _) => (Ms(5), shot.Journey.Step == 1 && refused++ < 3 ? new Answer(Outcome.Unavailable, 503) : Some.Good));
        var recorder = server.Run(new([scenario], seed: 1));

        Assert.Equal([10, 10, 7], new[] { 0, 1, 2 }.Select(step => (int)recorder.Count(0, step, static _ => true)));
        foreach (var journey in server.Sent.GroupBy(static s => s.Shot.Journey).Where(static g => g.Count() == 3))
        {
            var (browse, product, pay) = (journey.ElementAt(0), journey.ElementAt(1), journey.ElementAt(2));
            Assert.Equal(1.005, product.At - browse.At, 3);
            Assert.Equal(2.005, pay.At - product.At, 3);
            Assert.Equal(product.Path.Replace("/p/", "/pay/", StringComparison.Ordinal), pay.Path);
        }
    }

    [Fact]
    public void The_same_seed_sends_the_same_and_another_does_not()
    {
        string[] Paths(int seed)
        {
            var server = new VirtualServer(new TestClock(), static (_, _) => (TimeSpan.FromMilliseconds(1), Some.Good));
            var scenario = Some.Scenario(Some.Inject(100, 2)) with
            {
                Feeds = [new ZipfFeed("sku", "", new(1000, 1.1))],
                Values = 1,
                Steps = [Some.Step("/{sku}", default, "sku")],
                Spacing = Spacing.Poisson,
            };
            server.Run(new([scenario], seed));
            return [.. server.Sent.Select(static s => $"{s.At:0.0000} {s.Path}")];
        }

        Assert.Equal(Paths(4), Paths(4));
        Assert.NotEqual(Paths(4), Paths(5));
    }

    [Fact]
    public void A_run_is_valid_only_where_the_generator_kept_up()
    {
        var fine = new LogLinearHistogram();
        fine.Record(Ms(0.2));

        Assert.Empty(Verdict.Reasons(fine, 1_000, 1, Ms(1)));
        Assert.Contains("short of CPU", Assert.Single(Verdict.Reasons(fine, 1_000, 0, Ms(30))), StringComparison.Ordinal);
        Assert.Contains("nothing was sent", Assert.Single(Verdict.Reasons(new(), 0, 0, Ms(1))), StringComparison.Ordinal);
    }
}
