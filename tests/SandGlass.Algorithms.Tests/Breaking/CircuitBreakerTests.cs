using SandGlass.Algorithms.Breaking;

namespace SandGlass.Algorithms.Tests.Breaking;

public class CircuitBreakerTests
{
    private const double Middle = 0.5;

    // Half of at least ten calls in 1000 ticks; open for 500.
    private static readonly BreakerPlan Plan = new(0.5, 0, 100, 1000, 10, 500);

    private readonly CircuitBreaker _breaker = new();

    private BreakerPermit Enter(long now, in BreakerPlan plan)
    {
        Assert.True(_breaker.Ask(plan, now, Middle, out BreakerPermit permit).Admitted);
        return permit;
    }

    private void Call(long now, Outcome outcome, BreakerPlan? plan = null, long duration = 5, double roll = Middle)
    {
        BreakerPlan used = plan ?? Plan;
        _breaker.Report(used, Enter(now, used), outcome, duration, now, roll);
    }

    private void Fail(long now, int times, double roll = Middle)
    {
        for (int i = 0; i < times; i++)
        {
            Call(now, Outcome.Failure, roll: roll);
        }
    }

    // Four permits and a backend that hangs: they time out together, and never ten of them in one window.
    [Theory]
    [InlineData(0, false, 12, BreakerPosition.Open)]
    [InlineData(100, false, 12, BreakerPosition.Open)]
    [InlineData(0, false, 8, BreakerPosition.Closed)]
    [InlineData(101, false, 20, BreakerPosition.Closed)]    // a pause: nobody asked, and nothing says that it went on
    [InlineData(0, true, 20, BreakerPosition.Closed)]       // one was answered between two waves
    public void Opens_where_calls_hang_for_longer_than_the_window(long pause, bool answers, int calls, BreakerPosition then)
    {
        long now = 0;
        for (int call = 0; call < calls && _breaker.Position(now) == BreakerPosition.Closed; call++)
        {
            if (call % 4 == 0)
            {
                now += 1200 + pause;
                if (answers)
                {
                    Call(now, Outcome.Success);
                }
            }

            Call(now, Outcome.Failure, duration: 1200);
        }

        Assert.Equal(then, _breaker.Position(now));
    }

    [Fact]
    public void Stays_closed_for_many_failures_in_a_row_within_a_window_that_began_well()
    {
        for (int call = 0; call < 60; call++)
        {
            Call(5 * call, Outcome.Success);
        }

        Fail(301, 50);

        Assert.Equal(BreakerPosition.Closed, _breaker.Position(301));
    }

    [Fact]
    public void Stays_closed_where_a_burst_times_out_while_others_are_answered()
    {
        // 20 calls that were begun a window ago time out at once, between two of the successes that went on all the while.
        for (int call = 0; call < 400; call++)
        {
            Call(5 * call, Outcome.Success);
        }

        long now = 2001;
        for (int call = 0; call < 30; call++)
        {
            _breaker.Report(Plan, default, Outcome.Failure, Plan.Window, now, 0.5);
        }

        Assert.Equal(BreakerPosition.Closed, _breaker.Position(now));
    }

    [Theory]
    [InlineData(800, 800)]
    [InlineData(100, 500)]
    [InlineData(long.MaxValue, 1000)]
    public void Stays_open_no_longer_than_the_plan_lets_it_grow(long most, long second)
    {
        BreakerPlan plan = Plan with { MostOpen = most };
        Fail(0, 10);
        Assert.Equal(500, _breaker.OpenUntil);

        Call(500, Outcome.Failure, plan);

        Assert.Equal(500 + second, _breaker.OpenUntil);
    }

    [Fact]
    public void Lets_nothing_pass_while_it_is_forced_open_and_goes_on_as_it_stood()
    {
        _breaker.Force(new ForcedPosition(BreakerPosition.Open, 300));

        Assert.Equal(Verdict.Refuse(Reasons.Forced, 0, 200), _breaker.Ask(Plan, 100, Middle, out BreakerPermit permit));
        Assert.Equal(BreakerPermit.NoGeneration, permit.Generation);
        Assert.Equal(Verdict.Refuse(Reasons.Forced, 0, 200), _breaker.Peek(Plan, 100));
        Assert.Equal(BreakerPosition.Open, _breaker.Position(299));
        Assert.Equal(BreakerPosition.Closed, _breaker.Position(300));
        Assert.True(_breaker.Ask(Plan, 300, Middle, out _).Admitted);
    }

    [Fact]
    public void Lets_everything_pass_while_it_is_forced_closed_and_counts_nothing()
    {
        Fail(0, 10);
        Assert.Equal(BreakerPosition.Open, _breaker.Position(0));
        _breaker.Force(new ForcedPosition(BreakerPosition.Closed, long.MaxValue));

        Assert.Equal(BreakerPosition.Closed, _breaker.Position(1));
        Fail(1, 50);
        _breaker.Force(null);

        Assert.Equal(BreakerPosition.Open, _breaker.Position(2));
    }

    [Theory]
    [InlineData(5, 5, BreakerPosition.Open)]
    [InlineData(6, 4, BreakerPosition.Closed)]
    [InlineData(0, 9, BreakerPosition.Closed)]
    [InlineData(0, 10, BreakerPosition.Open)]
    [InlineData(10, 0, BreakerPosition.Closed)]
    public void Opens_at_the_ratio_once_there_are_enough_calls(int successes, int failures, BreakerPosition expected)
    {
        for (int i = 0; i < successes; i++)
        {
            Call(0, Outcome.Success);
        }

        Fail(0, failures);
        Assert.Equal(expected, _breaker.Position(0));
    }

    [Fact]
    public void Opens_by_the_success_that_makes_the_calls_enough()
    {
        Fail(0, 9);
        Call(0, Outcome.Success);
        Assert.Equal(BreakerPosition.Open, _breaker.Position(0));
    }

    [Fact]
    public void Ignores_what_is_nobodys_fault()
    {
        for (int i = 0; i < 100; i++)
        {
            Call(0, Outcome.Ignored);
        }

        Fail(0, 9);
        Assert.Equal(BreakerPosition.Closed, _breaker.Position(0));
    }

    [Theory]
    [InlineData(899, BreakerPosition.Open)]
    [InlineData(1000, BreakerPosition.Closed)]
    [InlineData(100_000, BreakerPosition.Closed)]
    [InlineData(-50, BreakerPosition.Open)]
    public void Looks_back_on_one_window(long later, BreakerPosition expected)
    {
        Fail(0, 9);
        Call(later, Outcome.Failure);
        Assert.Equal(expected, _breaker.Position(later));
    }

    [Fact]
    public void Counts_in_steps_as_a_list_of_calls_would()
    {
        var random = new Random(5);
        var counts = new SlidingCounts();
        var calls = new List<(long Step, bool Failed)>();
        long now = -3000;
        for (int i = 0; i < 5000; i++)
        {
            now += random.Next(20) == 0 ? random.Next(1500) : random.Next(30);
            bool failed = random.Next(3) == 0;
            counts.Add(1000, now, failed, !failed);
            calls.Add(((long)Math.Floor(now / 100.0), failed));
            calls.RemoveAll(call => call.Step <= calls[^1].Step - 10);
            Assert.Equal((calls.Count, calls.Count(call => call.Failed)), (counts.Calls, counts.Failed));
            Assert.Equal(counts.Calls, counts.Failed + counts.Slow);
        }
    }

    [Theory]
    [InlineData(0, 100, BreakerPosition.Closed)]
    [InlineData(0.5, 99, BreakerPosition.Closed)]
    [InlineData(0.5, 100, BreakerPosition.Open)]
    public void Opens_for_slow_calls_if_the_plan_says_so(double slowRatio, long duration, BreakerPosition expected)
    {
        for (int i = 0; i < 10; i++)
        {
            Call(0, Outcome.Success, Plan with { SlowRatio = slowRatio }, duration);
        }

        Assert.Equal(expected, _breaker.Position(0));
    }

    [Fact]
    public void Refuses_while_open_and_says_for_how_long()
    {
        Fail(100, 10);
        Verdict verdict = _breaker.Ask(Plan, 250, Middle, out BreakerPermit permit);
        Assert.Equal(Verdict.Refuse(Reasons.Open, 1, 350), verdict);
        Assert.Equal((600, BreakerPermit.NoGeneration), (_breaker.OpenUntil, permit.Generation));
        Assert.Equal((BreakerPosition.Open, BreakerPosition.HalfOpen), (_breaker.Position(599), _breaker.Position(600)));
    }

    [Theory]
    [InlineData(0, 450)]
    [InlineData(0.5, 500)]
    [InlineData(0.999, 549)]
    public void Opens_for_ten_percent_more_or_less(double roll, long until)
    {
        Fail(0, 10, roll);
        Assert.Equal(until, _breaker.OpenUntil);
    }

    [Fact]
    public void Doubles_the_open_time_four_times_and_forgets_that_when_it_closes()
    {
        Fail(0, 10);
        long now = 0;
        foreach (long open in new long[] { 500, 1000, 2000, 4000, 8000, 8000 })
        {
            Assert.Equal(now + open, _breaker.OpenUntil);
            now = _breaker.OpenUntil;
            Call(now, Outcome.Failure);
        }

        now = _breaker.OpenUntil;
        for (int i = 0; i < 8; i++)
        {
            Call(now, Outcome.Success);
        }

        Assert.Equal((BreakerPosition.Closed, 0), (_breaker.Position(now), _breaker.OpenUntil));
        Fail(now, 10);
        Assert.Equal(now + 500, _breaker.OpenUntil);
    }

    [Fact]
    public void Ramps_one_two_four_eight_and_closes_after_eight_successes()
    {
        Fail(0, 10);
        var permits = new Stack<BreakerPermit>();
        foreach (int width in new[] { 1, 2, 4, 8 })
        {
            while (_breaker.Ask(Plan, 500, Middle, out BreakerPermit permit) is { Admitted: true })
            {
                permits.Push(permit);
            }

            Assert.Equal(width, permits.Count);
            Assert.Equal(Verdict.Refuse(Reasons.HalfOpen, width, 0), _breaker.Ask(Plan, 500, Middle, out _));
            for (int i = 0; i < Math.Min(width, 8 - (width - 1)); i++)
            {
                Assert.Equal(BreakerPosition.HalfOpen, _breaker.Position(500));
                _breaker.Report(Plan, permits.Pop(), Outcome.Success, 5, 500, Middle);
            }
        }

        Assert.Equal(BreakerPosition.Closed, _breaker.Position(500));
        Assert.Equal(7, permits.Count);
        Assert.All(permits, permit => _breaker.Report(Plan, permit, Outcome.Failure, 5, 500, Middle));
        Fail(500, 9);
        Assert.Equal(BreakerPosition.Closed, _breaker.Position(500));
    }

    [Fact]
    public void Opens_again_by_one_failure_and_drops_the_other_probes_results()
    {
        Fail(0, 10);
        Call(500, Outcome.Success);
        BreakerPermit one = Enter(500, Plan), other = Enter(500, Plan);
        _breaker.Report(Plan, one, Outcome.Failure, 5, 500, Middle);
        _breaker.Report(Plan, other, Outcome.Failure, 5, 500, Middle);
        Assert.Equal(1500, _breaker.OpenUntil);
    }

    [Fact]
    public void Gives_the_place_of_an_ignored_probe_back()
    {
        Fail(0, 10);
        for (int i = 0; i < 20; i++)
        {
            Call(500, Outcome.Ignored);
        }

        Enter(500, Plan);
        Assert.True(_breaker.Ask(Plan, 500, Middle, out _).Refused);
    }

    [Fact]
    public void Gives_the_place_of_a_lost_probe_back_after_the_open_time()
    {
        Fail(0, 10);
        Enter(500, Plan);
        Assert.True(_breaker.Ask(Plan, 999, Middle, out _).Refused);
        Enter(1000, Plan);
        Assert.True(_breaker.Ask(Plan, 1000, Middle, out _).Refused);
    }

    [Fact]
    public void Opens_again_when_too_many_probes_are_slow()
    {
        BreakerPlan plan = Plan with { SlowRatio = 0.25 };
        Fail(0, 10);
        Call(500, Outcome.Success, plan, 100);
        Assert.Equal(BreakerPosition.HalfOpen, _breaker.Position(500));
        Call(500, Outcome.Success, plan, 100);
        Assert.Equal(1500, _breaker.OpenUntil);
    }

    [Fact]
    public void Drops_results_from_before_it_moved()
    {
        BreakerPermit early = Enter(0, Plan);
        Fail(0, 10);
        Enter(500, Plan);
        _breaker.Report(Plan, early, Outcome.Failure, 500, 500, Middle);
        _breaker.Report(Plan, new BreakerPermit(BreakerPermit.NoGeneration), Outcome.Failure, 5, 500, Middle);
        Assert.Equal((BreakerPosition.HalfOpen, 0), (_breaker.Position(500), _breaker.OpenUntil));
    }

    [Fact]
    public void Allocates_nothing_while_closed_and_while_open()
    {
        Assert.Equal(0, Allocations.Of(() =>
        {
            _breaker.Ask(Plan, 0, Middle, out BreakerPermit permit);
            _breaker.Report(Plan, permit, Outcome.Success, 5, 0, Middle);
        }));
        Fail(0, 7);
        Assert.Equal(0, Allocations.Of(() => _breaker.Ask(Plan, 0, Middle, out _)));
    }

    [Fact]
    public void Stays_open_to_the_end_of_the_clock_rather_than_wrap()
    {
        for (int i = 0; i < 10; i++)
        {
            Call(long.MaxValue - 5, Outcome.Failure, Plan with { Open = long.MaxValue });
        }

        Assert.Equal(long.MaxValue, _breaker.OpenUntil);
    }
}
