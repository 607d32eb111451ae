using SandGlass.Algorithms.Concurrency;

namespace SandGlass.Algorithms.Tests.Concurrency;

public class AdaptiveLimitTests
{
    private const long Second = 1_000_003, Millisecond = Second / 1000;

    private static readonly ConcurrencyPlan Plan = new(20, 2, 4096);

    private readonly AdaptiveLimit _limit = new(Second);
    private long _now = 77;

    private int Now => _limit.Current(Plan);

    // A thousand a second, on the routes in turn.
    private void Feed(double seconds, bool reached, long roundTrip = 20 * Millisecond, double failing = 0, params ReadOnlySpan<int> routes)
    {
        for (int i = 0; i < seconds * 1000; i++)
        {
            _now += Millisecond;
            int route = routes.Length == 0 ? 0 : routes[i % routes.Length];
            _limit.Sample(Plan, _now, roundTrip, reached ? Now : 1, (i % 100) < failing * 100 ? Outcome.Failure : Outcome.Success, route);
        }
    }

    [Theory]
    [InlineData(20, 2, 100, 20)]
    [InlineData(1, 2, 100, 2)]
    [InlineData(200, 2, 100, 100)]
    [InlineData(5, 8, 3, 8)]
    public void Starts_where_the_plan_says_within_the_bounds(int initial, int min, int max, int expected) =>
        Assert.Equal(expected, _limit.Current(new ConcurrencyPlan(initial, min, max)));

    [Theory]
    [InlineData(1, 20)]
    [InlineData(4, 10)]
    [InlineData(16, 5)]
    [InlineData(400, 2)]
    public void Begins_lower_where_many_that_know_nothing_ask_the_same_backend(int gateways, int expected)
    {
        Feed(0.01, reached: false);
        _limit.Advise(LimitAdvice.None with { Gateways = gateways }, Plan, _now);

        Assert.Equal(expected, Now);
    }

    [Fact]
    public void A_gateway_of_a_fleet_that_knows_little_cuts_a_queue_beyond_all_chance()
    {
        _limit.Advise(new(40, 1, 1, 0, 4), Plan, _now);
        Feed(0.11, reached: false);
        Assert.Equal((40, LimitPhase.Learning), (Now, _limit.Status(Plan).Phase));
        Feed(0.5, reached: true, 400 * Millisecond);

        Assert.True(Now <= 30, $"{_limit.Status(Plan)}");
    }

    [Fact]
    public void A_gateway_that_begins_while_the_others_queue_comes_to_know_what_the_work_takes()
    {
        for (int second = 0; second < 5; second++)
        {
            _limit.Advise(new(10, 2, 1, 0, 4), Plan, _now);
            Feed(1, reached: false, 40 * Millisecond);
        }

        Assert.InRange(_limit.BaseOf(0), 19 * Millisecond, 21 * Millisecond);
        Assert.Equal(LimitPhase.Free, _limit.Status(Plan).Phase);
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(0.6, 3)]
    [InlineData(50, 5)]
    [InlineData(-1, 5)]
    public void Begins_in_a_fleet_not_far_above_what_is_in_use(double inUse, int expected)
    {
        Feed(0.01, reached: false);
        _limit.Advise(LimitAdvice.None with { Gateways = 16, InUse = inUse }, Plan, _now);

        Assert.Equal(expected, Now);
    }

    [Fact]
    public void Grows_in_a_fleet_not_far_above_what_is_in_use()
    {
        for (int second = 0; second < 3; second++)
        {
            _limit.Advise(LimitAdvice.None with { Gateways = 16, InUse = 0.5 }, Plan, _now);
            Feed(1, reached: true, Millisecond / 2);
        }

        Assert.InRange(Now, 2, 5);
    }

    [Fact]
    public void Takes_what_others_have_learnt_of_a_route_until_it_knows_enough_itself()
    {
        _limit.LendBase(0, new(0.08, 4000));
        _limit.Advise(LimitAdvice.None with { Gateways = 2 }, Plan, _now);
        Assert.Equal(80, _limit.BaseOf(0) / Millisecond, 0.5);

        Feed(0.128, reached: false);
        Assert.InRange(_limit.BaseOf(0) / Millisecond, 45, 60);
        Feed(0.3, reached: false);
        Assert.Equal(20, _limit.BaseOf(0) / Millisecond, 0.5);
    }

    [Fact]
    public void Tells_of_a_route_only_what_it_has_learnt_itself()
    {
        _limit.LendBase(0, new(0.08, 4000));
        Feed(0.12, reached: false);

        LearntBase own = _limit.OwnBase(0);
        Assert.Equal(0.02, own.Seconds, 0.001);
        Assert.InRange(own.Known, 90, 120);
        Assert.Equal(default, _limit.OwnBase(5));
    }

    [Fact]
    public void Steers_by_what_all_of_a_fleet_heard_where_it_hears_little_itself()
    {
        Feed(1, reached: false, Millisecond);
        FeedSlowly(3);
        Assert.True(Now > 5, $"{_limit.Status(Plan)}");

        for (int second = 0; second < 4; second++)
        {
            LimitHint own = _limit.Hint(Plan, _now), other = own with { IsReached = true, Heard = 40, Measured = 4 };
            _limit.Advise(LimitAdvice.Of(own, [other, other, other]), Plan, _now);
            FeedSlowly(1);
        }

        // The few that it heard itself say that nothing queues.
        Assert.True(Now <= 6, $"{_limit.Status(Plan)}");

        // Five round trips a second, at the limit.
        void FeedSlowly(int seconds)
        {
            for (int i = 0; i < 5 * seconds; i++)
            {
                _now += Second / 5;
                _limit.Sample(Plan, _now, Millisecond, Now, Outcome.Success);
            }
        }
    }

    [Fact]
    public void Grows_with_what_is_in_use_here_where_the_rest_of_the_fleet_is_idle()
    {
        for (int second = 0; second < 12; second++)
        {
            _limit.Advise(LimitAdvice.None with { Gateways = 16, InUse = 1.25 }, Plan, _now);
            Feed(1, reached: true);
        }

        // A thousand a second of 20 ms each.
        Assert.True(Now >= 20, $"{_limit.Status(Plan)}");
    }

    [Fact]
    public void Says_nothing_of_the_backend_once_it_is_asked_no_more()
    {
        Feed(2, reached: true, 20 * Millisecond);
        LimitHint fresh = _limit.Hint(Plan, _now + Second);
        Assert.True(fresh is { IsReached: true, Heard: > 0, Work: > 0 }, $"{fresh}");

        LimitHint stale = _limit.Hint(Plan, _now + (4 * Second));
        Assert.True(stale is { IsReached: false, Heard: 0, Work: 0, Limit: >= 2 }, $"{stale}");
    }

    [Fact]
    public void Takes_a_fleets_limit_for_reached_that_failures_hold()
    {
        for (int second = 0; second < 6; second++)
        {
            _limit.Advise(LimitAdvice.None with { Gateways = 2, InUse = 50 }, Plan, _now);
            for (int i = 0; i < 1000; i++)
            {
                _now += Millisecond;
                // One in fifty hangs until it times out, and holds nearly all that is out.
                bool hangs = i % 50 == 0;
                _limit.Sample(Plan, _now, hangs ? Second : 2 * Millisecond, Now, hangs ? Outcome.Failure : Outcome.Success);
            }
        }

        Assert.True(Now > 20, $"{_limit.Status(Plan)}");
    }

    [Theory]
    [InlineData(20, 1000, 20)]
    [InlineData(80, 1000, 80)]
    [InlineData(400, 100, 50)]
    [InlineData(400, 30, 20)]
    public void Leaves_the_backend_the_time_that_it_takes_now_but_half_of_what_there_is_at_most(int roundTrip, int patience, int expected)
    {
        Feed(2, reached: false);
        Feed(0.5, reached: true, roundTrip * Millisecond);

        Assert.Equal(expected, _limit.TimeFor(0, patience * Millisecond) / (double)Millisecond, 0.2 * expected);
        Assert.Equal(0, _limit.TimeFor(7, patience * Millisecond));
    }

    [Theory]
    [InlineData(1000, 160)]
    [InlineData(200, 120)]
    [InlineData(25, 20)]
    public void Leaves_the_backend_more_of_it_where_a_gateway_of_a_fleet_hears_of_a_queue_late(int patience, int expected)
    {
        Feed(2, reached: false);
        _limit.Advise(LimitAdvice.None with { Gateways = 16 }, Plan, _now);
        for (int i = 0; i < 10; i++)
        {
            _now += Second / 5;
            _limit.Sample(Plan, _now, 20 * Millisecond, 1, Outcome.Success);
        }

        Assert.Equal(expected, _limit.TimeFor(0, patience * Millisecond) / (double)Millisecond, 0.02 * expected);
    }

    [Fact]
    public void Doubles_from_the_start_while_it_is_reached_and_no_queue_shows()
    {
        Feed(0.15, reached: true);
        Assert.Equal((20, LimitPhase.Learning), (Now, _limit.Status(Plan).Phase));
        Feed(0.1, reached: true);
        Assert.Equal((40, LimitPhase.Growing, LimitReasons.Start), (Now, _limit.Status(Plan).Phase, _limit.Status(Plan).Reason));
        Feed(0.4, reached: true, 40 * Millisecond);
        Assert.True(Now <= 40, $"{_limit.Status(Plan)}");
    }

    // A thousand a second, of which the backend says how long each waited there.
    private void Tell(double seconds, long roundTrip, long queued, double telling = 1)
    {
        for (int i = 0; i < seconds * 1000; i++)
        {
            _limit.Sample(Plan, _now += Millisecond, roundTrip, Now, Outcome.Success, 0, i % 5 < telling * 5 ? queued : -1);
        }
    }

    [Fact]
    public void Believes_a_backend_that_says_nothing_waits_however_slow_it_has_become()
    {
        Feed(1, reached: false);
        Tell(1, 20 * Millisecond, 0);
        int before = Now;
        Tell(3, 80 * Millisecond, 0);
        Assert.True(Now > before, $"{_limit.Status(Plan)}");
        Assert.Equal((true, 1), (_limit.Status(Plan).Told, Math.Round(_limit.Status(Plan).Ratio, 2)));
        Assert.InRange(_limit.BaseOf(0), 75 * Millisecond, 80 * Millisecond);
    }

    [Fact]
    public void Cuts_for_what_waits_there_and_learns_the_rest_as_the_base_without_a_probe()
    {
        Feed(1, reached: false);
        Tell(30, 60 * Millisecond, 40 * Millisecond);
        LimitStatus status = _limit.Status(Plan);
        Assert.Equal((3, 20 * Millisecond), (Math.Round(status.Ratio, 1), Math.Round(_limit.BaseOf(0))));
        Assert.Equal(LimitReasons.Queueing, status.Reason);
        Assert.InRange(Now, 2, 4);
    }

    [Fact]
    public void Listens_by_itself_where_too_few_answers_tell_or_what_they_tell_cannot_be()
    {
        Feed(1, reached: false);
        Tell(0.3, 30 * Millisecond, 0, telling: 0.4);
        Assert.False(_limit.Status(Plan).Told);
        Assert.InRange(_limit.Status(Plan).Ratio, 1.3, 1.5);
        Tell(1, 30 * Millisecond, 31 * Millisecond);
        Assert.False(_limit.Status(Plan).Told);
    }

    [Fact]
    public void Never_moves_down_while_the_limit_is_not_reached()
    {
        Feed(2, reached: false);
        Feed(2, reached: false, 200 * Millisecond);
        Assert.Equal((20, LimitPhase.Free, LimitReasons.Room), (Now, _limit.Status(Plan).Phase, _limit.Status(Plan).Reason));
    }

    [Fact]
    public void Grows_by_a_root_then_by_half_while_nothing_queues()
    {
        Feed(1, reached: false);
        List<int> seen = [Now];
        for (int i = 0; i < 500 && seen.Count < 4; i++)
        {
            Feed(0.001, reached: true);
            if (Now != seen[^1])
            {
                seen.Add(Now);
            }
        }

        Assert.Equal([20, 24, 36, 55], seen);
    }

    [Fact]
    public void Cuts_by_as_much_as_round_trips_are_too_long_but_no_more_than_half_at_once()
    {
        Feed(1, reached: false);
        Feed(3, reached: true, 26 * Millisecond);
        Assert.InRange(Now, 23, 27);
        int before = Now;
        for (int i = 0; i < 200 && Now == before; i++)
        {
            Feed(0.001, reached: true, 2000 * Millisecond);
        }

        Assert.InRange(Now, before / 2, (before / 2) + 6);
        Assert.InRange(_limit.Status(Plan).Ratio, 2, 110);
    }

    [Fact]
    public void Keeps_to_the_bounds_as_they_are_now()
    {
        Feed(1, reached: false);
        Feed(3, reached: true);
        Assert.Equal(4096, Now);
        Assert.Equal(50, _limit.Current(new ConcurrencyPlan(20, 2, 50)));
        Assert.Equal(9999, _limit.Current(new ConcurrencyPlan(20, 9999, 10_000)));
    }

    [Fact]
    public void Does_not_take_more_of_a_slow_route_for_a_slow_backend()
    {
        for (int i = 0; i < 500; i++)
        {
            Feed(0.001, reached: false, 10 * Millisecond, 0, 0);
            Feed(0.001, reached: false, 100 * Millisecond, 0, 7);
        }

        Assert.InRange(_limit.BaseOf(0), 9.9 * Millisecond, 10.1 * Millisecond);
        Assert.InRange(_limit.BaseOf(7), 99 * Millisecond, 101 * Millisecond);
        Assert.Equal(0, _limit.BaseOf(3));
        Feed(0.5, reached: true, 100 * Millisecond, 0, 7);
        Assert.InRange(_limit.Status(Plan).Ratio, 0.98, 1.02);
        Assert.True(Now > 20);
    }

    [Fact]
    public void Takes_a_share_of_failures_for_overload_and_a_failing_backend_down_to_the_least()
    {
        Feed(1, reached: false);
        Feed(0.11, reached: true, 20 * Millisecond, 0.2);
        Assert.Equal((14, LimitReasons.Failures), (Now, _limit.Status(Plan).Reason));
        Feed(5, reached: true, 20 * Millisecond, 1);
        Assert.Equal(2, Now);
        Feed(3, reached: true);
        Assert.True(Now > 20);
    }

    [Fact]
    public void Goes_back_when_cutting_costs_successes_and_mends_no_failures()
    {
        Feed(1, reached: false);
        long ends = 0;
        for (int i = 0; i < 3000; i++)
        {
            // One in ten fails whatever the limit is, and fewer at once are fewer done.
            _now += Millisecond * 20 / Now;
            _limit.Sample(Plan, _now, 24 * Millisecond, Now, ends++ % 10 == 0 ? Outcome.Failure : Outcome.Success);
        }

        Assert.InRange(Now, 18, 40);
    }

    [Fact]
    public void Learns_nothing_from_what_is_nobodys_fault()
    {
        for (int i = 0; i < 2000; i++)
        {
            _limit.Sample(Plan, _now += Millisecond, 1, 20, Outcome.Ignored);
        }

        Assert.Equal((20, 0), (Now, _limit.Status(Plan).Known));
    }

    [Fact]
    public void Probes_on_the_wall_clocks_ten_seconds_and_not_on_its_own()
    {
        // The wall clock is 3.2 s past a multiple when the monotonic one begins.
        _limit.Align(_now, 1_000_000 * 10 * Second + (32 * Second / 10));
        long began = _now;
        Feed(1, reached: false);
        while (_limit.Status(Plan).Phase != LimitPhase.Probing && _now - began < 30 * Second)
        {
            Feed(0.001, reached: true, 25 * Millisecond);
        }

        double wall = 3.2 + ((_now - began) / (double)Second);
        Assert.InRange(wall % 10, 0, 0.01);
        Assert.Equal(LimitReasons.Probe, _limit.Status(Plan).Reason);
        Assert.Equal(_now, _limit.Status(Plan).Since);
        int low = Now;
        Feed(1, reached: true, 25 * Millisecond);
        Assert.NotEqual(LimitPhase.Probing, _limit.Status(Plan).Phase);
        Assert.True(Now > low);
    }

    [Fact]
    public void Suspects_a_slower_backend_when_cutting_does_not_help_and_gives_the_limit_back()
    {
        Feed(1, reached: false);
        bool suspected = false;
        for (int i = 0; i < 3000 && _limit.Status(Plan).Reason != LimitReasons.Slower; i++)
        {
            Feed(0.001, reached: true, 50 * Millisecond);
            suspected |= _limit.Status(Plan).Phase == LimitPhase.Suspecting;
        }

        Assert.True(suspected);
        Assert.InRange(_limit.BaseOf(0), 49 * Millisecond, 51 * Millisecond);
        Assert.InRange(Now, 18, 25);
    }

    [Fact]
    public void One_answer_that_was_late_makes_no_long_window()
    {
        Feed(1, reached: false);
        _now += Second;
        _limit.Sample(Plan, _now, 5 * Second, 1, Outcome.Success);
        _now += Second;
        _limit.Sample(Plan, _now, 5 * Second, 1, Outcome.Success);

        // A flood: what it does is seen after two seconds, not after ten.
        Feed(2.5, reached: true);

        Assert.True(Now > 20, $"{_limit.Status(Plan)}");
    }

    [Fact]
    public void Gives_what_it_borrowed_back_once_it_is_alone_and_knows_some_itself()
    {
        _limit.LendBase(0, new(0.5, 4000));
        _limit.Advise(LimitAdvice.None with { Gateways = 4 }, Plan, _now);
        Feed(0.2, reached: false);
        Assert.True(_limit.BaseOf(0) > 21 * Millisecond, $"{_limit.BaseOf(0)}");
        _now += 4 * Second;
        Feed(2, reached: false);

        Assert.InRange(_limit.BaseOf(0), 19 * Millisecond, 21 * Millisecond);
    }

    [Fact]
    public void A_base_in_another_unit_makes_no_window_of_minutes()
    {
        // 20 ms, told as 20 s.
        _limit.LendBase(0, new(20, 4000));
        Feed(3, reached: false);

        Assert.InRange(_limit.BaseOf(0), 19 * Millisecond, 21 * Millisecond);
        Assert.InRange(_limit.Status(Plan).Throughput, 900, 1100);
    }

    [Fact]
    public void What_others_say_is_far_too_short_does_not_spoil_what_it_learns_itself()
    {
        // 20 ms, told as a microsecond.
        _limit.LendBase(0, new(1e-6, 4000));
        Feed(0.3, reached: false);

        Assert.InRange(_limit.OwnBase(0).Seconds, 0.019, 0.021);
    }

    [Fact]
    public void A_guess_of_a_quiet_fleet_is_its_part_of_the_start_when_the_fleet_is_gone()
    {
        Feed(1, reached: false, Millisecond);
        _limit.Advise(LimitAdvice.None with { Gateways = 16, InUse = 0 }, Plan, _now);
        Assert.Equal(4, Now);
        _now += 4 * Second;
        Feed(0.3, reached: false, Millisecond);

        Assert.Equal(5, Now);
    }

    [Fact]
    public void Does_not_believe_in_less_than_it_heard_because_the_others_do()
    {
        Feed(3, reached: false);
        for (int second = 0; second < 10; second++)
        {
            _limit.Advise(new(20, 1, 0.8, 0, 4), Plan, _now);
            Feed(1, reached: true);
        }

        Assert.Equal(20, _limit.BaseOf(0) / Millisecond, 0.1);
    }

    [Fact]
    public void Comes_down_to_what_the_others_believe_where_a_look_has_raised_it_alone()
    {
        Feed(3, reached: false);
        Feed(5, reached: true, 50 * Millisecond);
        Assert.True(_limit.Hint(Plan, _now).Stretch > 2, $"{_limit.Hint(Plan, _now)}");
        for (int second = 0; second < 20; second++)
        {
            _limit.Advise(new(20, 1, 1, 0, 4), Plan, _now);
            Feed(1, reached: true, 50 * Millisecond);
        }

        Assert.InRange(_limit.Hint(Plan, _now).Stretch, 1, 1.2);
    }

    [Fact]
    public void Draws_only_those_bases_that_a_look_has_raised()
    {
        Feed(3, reached: false, routes: [0]);
        Feed(5, reached: true, 50 * Millisecond, routes: [0]);
        Feed(3, reached: true, 50 * Millisecond, routes: [0, 1]);
        double later = _limit.BaseOf(1);
        for (int second = 0; second < 3; second++)
        {
            _limit.Advise(new(20, 1, 1, 0, 4), Plan, _now);
            _now += Second;
        }

        Assert.Equal(later, _limit.BaseOf(1));
        Assert.InRange(_limit.BaseOf(0) / Millisecond, 20, 30);
    }

    [Fact]
    public void Does_not_forget_in_the_flood_for_which_a_second_gateway_is_started()
    {
        Feed(10, reached: false, 400 * Millisecond);
        _limit.Advise(LimitAdvice.None with { Gateways = 2 }, Plan, _now);
        Feed(1, reached: true, 600 * Millisecond);

        Assert.Equal(400, _limit.BaseOf(0) / Millisecond, 1);
    }

    [Fact]
    public void What_it_hears_at_its_limit_while_nothing_queues_is_no_slower_backend()
    {
        Feed(3, reached: false);
        Feed(5, reached: true, 21 * Millisecond);

        Assert.InRange(_limit.BaseOf(0) / Millisecond, 20.5, 21);
        Assert.Equal(1, _limit.Hint(Plan, _now).Stretch);
    }

    [Fact]
    public void In_a_fleet_tells_of_a_slow_backend_only_when_the_long_round_trips_have_ended_too()
    {
        _limit.Advise(LimitAdvice.None with { Gateways = 4 }, Plan, _now);
        Feed(1.9, reached: false, 400 * Millisecond);
        Assert.Equal((400L * Millisecond, 0), (_limit.BaseOf(0), _limit.OwnBase(0).Known));

        _limit.Advise(LimitAdvice.None with { Gateways = 4 }, Plan, _now);
        Feed(2, reached: false, 400 * Millisecond);
        Assert.True(_limit.OwnBase(0).Known > 0, $"{_limit.OwnBase(0)}");
    }

    [Fact]
    public void A_look_at_the_base_is_not_told_as_the_limit()
    {
        Feed(1, reached: false);
        for (int i = 0; i < 30_000 && _limit.Status(Plan).Phase != LimitPhase.Probing; i++)
        {
            Feed(0.001, reached: true, 22 * Millisecond);
        }

        Assert.True(_limit.Hint(Plan, _now).Limit > 1.1 * Now, $"{_limit.Hint(Plan, _now)}, {_limit.Status(Plan)}");
    }

    [Fact]
    public void A_backend_that_was_gone_is_back_also_where_few_answers_come_in_a_window()
    {
        Feed(1, reached: false);
        Feed(3, reached: true, failing: 1);
        Assert.Equal(2, Now);
        for (int i = 0; i < 20; i++)
        {
            // Six a second.
            _now += Second / 6;
            _limit.Sample(Plan, _now, 20 * Millisecond, 1, Outcome.Success);
        }

        Assert.Equal(10, Now);
    }

    [Fact]
    public void Bounds_the_slots_of_routes()
    {
        Feed(3, reached: false, 20 * Millisecond, 0, 1023, 1024 + 5, int.MaxValue, -1);
        Assert.InRange(_limit.BaseOf(5), 19 * Millisecond, 21 * Millisecond);
        Assert.Equal(_limit.BaseOf(1023), _limit.BaseOf(-1));
    }

    [Fact]
    public void Tells_how_much_comes_through()
    {
        Feed(2, reached: false);
        Assert.InRange(_limit.Status(Plan).Throughput, 950, 1050);
    }

    [Fact]
    public void Allocates_nothing_a_sample()
    {
        Feed(1, reached: false);
        Assert.Equal(0, Allocations.Of(() => Feed(2, reached: true)));
        Assert.Equal(0, Allocations.Of(() => _limit.Status(Plan)));
    }

    [Fact]
    public async Task Stays_whole_under_samples_from_many_threads()
    {
        long ticks = 0;
        void Run()
        {
            for (int i = 0; i < 50_000; i++)
            {
                long now = Interlocked.Add(ref ticks, Millisecond / 10);
                _limit.Sample(Plan, now, 20 * Millisecond, i % 40, i % 90 == 0 ? Outcome.Failure : Outcome.Success, i % 9);
                Assert.InRange(_limit.Current(Plan), 2, 4096);
            }
        }

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(Run))).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(9 * 2000, _limit.Status(Plan).Known);
        Assert.All(Enumerable.Range(0, 9), route => Assert.InRange(_limit.BaseOf(route), 19 * Millisecond, 21 * Millisecond));
    }
}
