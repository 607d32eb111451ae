using SandGlass.Algorithms.Rates;

namespace SandGlass.Algorithms.Tests.Rates;

public class WindowTests
{
    // Four in a window of 100 ticks.
    private static readonly WindowPlan Plan = new(100, 4);

    [Fact]
    public void A_fixed_window_lets_its_limit_through_and_turns_at_whole_windows()
    {
        (long Now, long Cost, RateAnswer Answer)[] table =
        [
            (130, 3, new(true, 1, 70, 0)),
            (130, 2, new(false, 1, 70, 70)),
            (199, 1, new(true, 0, 1, 0)),
            (199, 1, new(false, 0, 1, 1)),
            (200, 4, new(true, 0, 100, 0)),
            (150, 1, new(false, 0, 150, 150)),
            (500, 0, new(true, 4, 0, 0)),
            (500, 5, new(false, 4, 100, 100)),
            (500, -1, new(true, 4, 0, 0)),
        ];
        var state = FixedWindow.Rested(Plan, 130);
        Assert.All(table, row => Assert.Equal(row.Answer, FixedWindow.Decide(Plan, ref state, row.Now, row.Cost)));
    }

    [Fact]
    public void A_sliding_window_weighs_what_it_still_covers_of_the_window_before()
    {
        (long Now, long Cost, RateAnswer Answer)[] table =
        [
            (0, 4, new(true, 0, 200, 0)),
            (50, 1, new(false, 0, 150, 75)),      // until a quarter of the next window: 4·¾ + 1 = 4
            (100, 1, new(false, 0, 100, 25)),
            (125, 1, new(true, 0, 175, 0)),
            (125, 1, new(false, 0, 175, 25)),
            (150, 1, new(true, 0, 150, 0)),
            (300, 2, new(true, 2, 200, 0)),       // a whole window without requests: nothing before
            (1000, 4, new(true, 0, 200, 0)),
        ];
        var state = SlidingWindow.Rested(Plan, 0);
        Assert.All(table, row => Assert.Equal(row.Answer, SlidingWindow.Decide(Plan, ref state, row.Now, row.Cost)));
    }

    [Fact]
    public void Waiting_as_long_as_a_sliding_window_says_is_enough_and_a_tick_less_is_not()
    {
        var random = new Random(3);
        var state = SlidingWindow.Rested(Plan, 0);
        long now = 0;
        for (int i = 0; i < 20_000; i++)
        {
            now += random.Next(60);
            long cost = 1 + random.Next(4);
            var answer = SlidingWindow.Decide(Plan, ref state, now, cost);
            if (answer.Admitted)
            {
                continue;
            }

            WindowState then = state, before = state;
            Assert.True(SlidingWindow.Decide(Plan, ref then, now + answer.RetryAfterTicks, cost).Admitted, $"{i}: {now} {cost} {state} {answer}");
            Assert.True(answer.RetryAfterTicks == 1 || !SlidingWindow.Decide(Plan, ref before, now + answer.RetryAfterTicks - 1, cost).Admitted, $"{i}: {now} {cost} {state} {answer}");
        }
    }

    [Fact]
    public void A_sliding_window_keeps_to_its_limit_over_time_and_to_twice_in_any_window()
    {
        var plan = new WindowPlan(1000, 200);
        var random = new Random(4);
        var state = SlidingWindow.Rested(plan, 0);
        var admitted = new List<long>();
        for (long now = 0; now < 100_000; now += random.Next(5))
        {
            if (SlidingWindow.Decide(plan, ref state, now, 1).Admitted)
            {
                admitted.Add(now);
            }
        }

        Assert.InRange(admitted.Count, 19_000, 20_100);
        int last = 0;
        for (int first = 0; first < admitted.Count; first++)
        {
            while (last < admitted.Count && admitted[last] < admitted[first] + 1000)
            {
                last++;
            }

            Assert.InRange(last - first, 1, 400);
        }
    }

    [Fact]
    public void Gives_back_what_was_taken_and_no_more()
    {
        var state = SlidingWindow.Rested(Plan, 0);
        SlidingWindow.Decide(Plan, ref state, 0, 3);
        SlidingWindow.Refund(Plan, ref state, 10, 2);
        Assert.Equal(3, SlidingWindow.Decide(Plan, ref state, 10, 0).Remaining);
        SlidingWindow.Refund(Plan, ref state, 10, 100);
        Assert.Equal(new WindowState(0, 0, 0), state);

        var turned = FixedWindow.Rested(Plan, 0);
        FixedWindow.Decide(Plan, ref turned, 0, 3);
        FixedWindow.Refund(Plan, ref turned, 50, 2);
        Assert.Equal(1u, turned.Now);
        FixedWindow.Refund(Plan, ref turned, 150, 2);
        Assert.Equal(0u, turned.Now);
    }

    [Fact]
    public void Owes_nothing_once_both_windows_are_empty()
    {
        var state = SlidingWindow.Rested(Plan, 0);
        SlidingWindow.Decide(Plan, ref state, 0, 1);
        Assert.True(SlidingWindow.Debt(Plan, state, 199) > 0);
        Assert.Equal(0, SlidingWindow.Debt(Plan, state, 200));
        Assert.True(SlidingWindow.Debt(Plan, new(0, 0, 4), 50) > SlidingWindow.Debt(Plan, new(0, 0, 1), 50));
    }

    [Fact]
    public void A_reload_that_changes_the_window_keeps_the_counts()
    {
        var state = SlidingWindow.Rested(Plan, 0);
        SlidingWindow.Decide(Plan, ref state, 0, 4);
        Assert.False(SlidingWindow.Decide(new(1000, 4), ref state, 90, 1).Admitted);
        Assert.Equal(4, SlidingWindow.Decide(new(1000, 8), ref state, 90, 0).Remaining);
    }
}
