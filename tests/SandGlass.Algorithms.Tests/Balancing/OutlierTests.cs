using SandGlass.Algorithms.Balancing;

namespace SandGlass.Algorithms.Tests.Balancing;

public class OutlierTests
{
    // 1,000 ticks a second; a window of 10 s, 10 s out at first.
    private static readonly EjectionPlan Plan = new(FailureRatio: 0.5, MinRequests: 4, Window: 10_000, For: 10_000, MaxEjected: 0.5);

    [Theory]
    [InlineData("ffff", true)]
    [InlineData("sfsf", true)]     // half of four
    [InlineData("ssff", true)]
    [InlineData("sssf", false)]    // a quarter
    [InlineData("fff", false)]     // three mean nothing yet
    [InlineData("ffss", false)]    // a success never ejects
    public void Is_an_outlier_by_the_ratio_of_enough_calls(string calls, bool expected)
    {
        var detector = new OutlierDetector();
        bool found = false;
        foreach (char call in calls)
        {
            found = detector.Report(Plan, call == 'f', 5_000);
        }

        Assert.Equal(expected, found);
    }

    [Fact]
    public void Forgets_what_lies_behind_the_window()
    {
        var detector = new OutlierDetector();
        for (int i = 0; i < 3; i++)
        {
            Assert.False(detector.Report(Plan, true, 0));
        }

        Assert.False(detector.Report(Plan, true, 20_000));
    }

    [Fact]
    public void Stays_out_longer_each_time_up_to_ten_times_and_good_conduct_takes_that_back()
    {
        var detector = new OutlierDetector();
        long now = 0;
        for (int time = 1; time <= 12; time++)
        {
            detector.Eject(Plan, now);
            Assert.Equal(now + (10_000 * Math.Min(time, 10)), detector.Until);
            Assert.True(detector.IsEjected(detector.Until - 1));
            Assert.False(detector.IsEjected(detector.Until));
            now = detector.Until;
        }

        // Seven times the base without an ejection: of ten, three are left, and this one is the fourth.
        detector.Eject(Plan, now + 70_000);
        Assert.Equal(now + 70_000 + 40_000, detector.Until);
    }

    [Fact]
    public void Is_judged_afresh_when_it_comes_back_and_not_by_what_ended_while_it_was_out()
    {
        var detector = new OutlierDetector();
        detector.Eject(Plan, 0);
        for (int i = 0; i < 20; i++)
        {
            Assert.False(detector.Report(Plan, true, 9_999));
        }

        Assert.False(detector.Report(Plan, false, 10_000));
        Assert.False(detector.Report(Plan, true, 10_000));
        Assert.False(detector.Report(Plan, true, 10_000));
        Assert.True(detector.Report(Plan, true, 10_000));
    }

    [Theory]
    [InlineData("ff", 0, false)]
    [InlineData("fff", 0, true)]      // back, and nothing but failures
    [InlineData("fff", 10_000, true)]
    [InlineData("fff", 10_001, false)] // back for a window: one like the others
    [InlineData("sfff", 0, true)]     // by the ratio of four
    [InlineData("sff", 0, false)]     // it has answered well
    public void Is_on_trial_when_it_comes_back(string calls, long after, bool expected)
    {
        var detector = new OutlierDetector();
        detector.Eject(Plan, 0);
        bool found = false;
        foreach (char call in calls)
        {
            found = detector.Report(Plan, call == 'f', 10_000 + after);
        }

        Assert.Equal(expected, found);
    }

    [Theory]
    [InlineData(1, 0.5, 0)]
    [InlineData(2, 0.5, 1)]
    [InlineData(3, 0.5, 1)]
    [InlineData(10, 0.3, 3)]
    [InlineData(4, 1.0, 4)]
    [InlineData(4, 0.0, 0)]
    public void Ejects_no_more_than_the_plan_allows_at_once(int destinations, double share, int most)
    {
        EjectionPlan plan = Plan with { MaxEjected = share };
        var ejector = new Ejector();
        OutlierDetector[] all = [.. Enumerable.Range(0, destinations).Select(_ => new OutlierDetector())];
        int ejected = 0;
        for (int call = 0; call < 10; call++)
        {
            for (int which = 0; which < destinations; which++)
            {
                ejected += ejector.Report(plan, all, which, failed: true, 0) ? 1 : 0;
            }
        }

        Assert.Equal((most, most), (ejected, all.Count(one => one.IsEjected(1))));
    }

    [Fact]
    public void Another_goes_when_the_first_is_back()
    {
        var ejector = new Ejector();
        OutlierDetector[] all = [new(), new()];
        for (int call = 0; call < 4; call++)
        {
            ejector.Report(Plan, all, 0, failed: true, 0);
            ejector.Report(Plan, all, 1, failed: true, 9_000);
        }

        Assert.Equal((true, false), (all[0].IsEjected(9_000), all[1].IsEjected(9_000)));
        Assert.True(ejector.Report(Plan, all, 1, failed: true, 10_000));
    }

    [Fact]
    public void Allocates_nothing_while_all_is_well()
    {
        var ejector = new Ejector();
        OutlierDetector[] all = [new(), new()];
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 1000; i++)
            {
                ejector.Report(Plan, all, i & 1, failed: false, i);
            }
        }));
    }

    [Theory]
    [InlineData("bb", "b+")]        // two bad ones in a row
    [InlineData("bgbgbg", "")]      // never two
    [InlineData("bbgg", "b+ g+")]
    [InlineData("bbgbgbgg", "b+ g+")]
    [InlineData("ggggb", "")]
    public void Two_probes_in_a_row_change_a_verdict(string probes, string changes)
    {
        var verdicts = new ProbeVerdicts();
        var told = new List<string>();
        for (int i = 0; i < probes.Length; i++)
        {
            if (verdicts.Report(probes[i] == 'g', i))
            {
                told.Add($"{probes[i]}+");
                Assert.Equal((probes[i] == 'g', i), (verdicts.Healthy, (int)verdicts.Since));
            }
        }

        Assert.Equal(changes, string.Join(' ', told));
    }

    [Theory]
    [InlineData(0, 0.1)]
    [InlineData(100, 0.1)]
    [InlineData(2_500, 0.5)]
    [InlineData(4_999, 0.9998)]
    [InlineData(5_000, 1)]
    [InlineData(-1, 0.1)]          // a clock that stepped back
    public void A_share_rises_from_a_tenth_to_all(long since, double expected) =>
        Assert.Equal(expected, SlowReturn.Share(1_000, 1_000 + since, 5_000), 6);

    [Fact]
    public void Whoever_was_never_away_has_all() => Assert.Equal(1, SlowReturn.Share(OutlierDetector.Never, 0, 5_000));
}
