using SandGlass.LoadTests.Drills;

namespace SandGlass.LoadTests.Tests.Drills;

public sealed class HeldTests
{
    // Ten a bucket; bad says which moments are not answered well.
    private static Wished[] Wishes(Func<double, bool> bad) =>
        [.. Enumerable.Range(0, 1_000).Select(static i => (i + 0.5) / 100).Select(at => new Wished("transaction", at, TimeSpan.Zero, !bad(at)))];

    private static double? Protect(Func<double, bool> bad) => Held.TimeToProtect(Wishes(bad), 2, 8);

    private static double? Recover(Func<double, bool> bad) => Held.TimeToRecover(Wishes(bad), 2, 8);

    [Fact]
    public void What_always_held_took_no_time()
    {
        Assert.Equal(0, Protect(static at => at is < 2 or > 8));
        Assert.Equal(0, Recover(static at => at is < 2 or > 8));
    }

    [Fact]
    public void Holds_from_the_end_of_the_last_window_that_did_not()
    {
        // All of the first second is lost. The window from 0.9 to 1.4 s has a fifth of it, that from 1.0 on has none.
        Assert.Equal(1.4, Protect(static at => at < 3)!.Value, 6);
        Assert.Equal(1.4, Recover(static at => at < 3)!.Value, 6);
    }

    [Fact]
    public void Protection_is_counted_from_the_first_harm_and_recovery_from_the_end_of_the_fault()
    {
        // Half a second is lost three seconds later: windows that begin from 2.6 to 3.4 s have more than a tenth of it.
        Assert.Equal(1.3, Protect(static at => at is > 5 and < 5.5)!.Value, 6);
        Assert.Equal(3.9, Recover(static at => at is > 5 and < 5.5)!.Value, 6);
    }

    [Fact]
    public void One_good_moment_in_between_is_no_protection() => Assert.Equal(4.4, Protect(static at => at is < 3 or (> 5 and < 6))!.Value, 6);

    [Fact]
    public void What_is_lost_at_the_end_was_never_held()
    {
        Assert.Null(Protect(static at => at > 7.8));
        Assert.Null(Recover(static _ => true));
    }

    [Fact]
    public void One_in_ten_may_be_lost()
    {
        Assert.Equal(0, Protect(static at => (int)((at * 100) + 0.1) % 10 == 0));
        Assert.Null(Protect(static at => (int)((at * 100) + 0.1) % 10 < 2));
    }

    [Fact]
    public void Nobody_is_no_verdict_and_too_short_a_time_is_none_either()
    {
        Assert.Equal(0, Held.TimeToProtect([], 2, 8));
        Assert.Null(Held.TimeToRecover(Wishes(static _ => false), 2, 2.3));
    }
}
