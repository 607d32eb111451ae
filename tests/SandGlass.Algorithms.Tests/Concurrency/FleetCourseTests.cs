using SandGlass.Algorithms.Concurrency;

namespace SandGlass.Algorithms.Tests.Concurrency;

public class FleetCourseTests
{
    private const double Calm = 1.06, Aim = 1.04, Plenty = 128, Second = 1000;

    private FleetCourse _course;

    [Theory]
    [InlineData(4, 2, 2.08 + 0.5)]
    [InlineData(4, 1.5, 2.7733 + 0.5)]
    [InlineData(4, 1.2, 3.4667 + 2)]
    [InlineData(4, 1.35, 3.0815 + 1.25)]
    [InlineData(64, 40, 16 + 2)]
    public void Gives_each_its_part_of_the_slack_once_something_queues(double limit, double ratio, double expected) =>
        Assert.Equal(expected, FleetCourse.Target(limit, ratio, Aim, gateways: 16), 0.001);

    [Theory]
    [InlineData(2, 32, true)]
    [InlineData(2, 31, false)]
    [InlineData(1, 500, false)]
    public void Is_worth_a_step_where_several_have_heard_enough(int reached, double heard, bool expected) =>
        Assert.Equal(expected, FleetCourse.IsWorth(LimitAdvice.None with { Reached = reached, Heard = heard }));

    [Fact]
    public void Believes_what_all_heard_by_how_much_it_was_and_else_what_the_limit_lets_expect()
    {
        Assert.Equal(4, Ratio(measured: 4, heard: 32, last: 1, limit: 10));
        // Half of the limit, so half of the queue: 2. A quarter of the way from there to what was heard.
        Assert.Equal(1.75, Ratio(measured: 1, heard: 32, last: 4, limit: 5));
        Assert.Equal(3, Ratio(measured: 3, heard: 500, last: 1.75, limit: 5));

        double Ratio(double measured, double heard, double last, double limit) =>
            _course.Ratio(LimitAdvice.None with { Measured = measured, Heard = heard }, last, limit, Calm, Plenty);
    }

    [Fact]
    public void Expects_nothing_of_what_was_before_it_paused()
    {
        _course.Ratio(LimitAdvice.None with { Measured = 4, Heard = 32 }, 1, 10, Calm, Plenty);
        _course.Pause();

        Assert.Equal(1.5, _course.Ratio(LimitAdvice.None with { Measured = 1.5, Heard = 32 }, 4, 10, Calm, Plenty));
    }

    [Fact]
    public void Waits_after_a_step_until_all_have_told_what_came_of_it()
    {
        _course.Step(now: 10_000, roundTrip: 200, Second);
        Assert.Equal((false, true), (_course.IsFresh(11_199), _course.IsFresh(11_200)));

        _course.Step(now: 10_000, roundTrip: 60_000, Second);
        Assert.Equal((false, true), (_course.IsFresh(15_999), _course.IsFresh(16_000)));
    }

    [Fact]
    public void Joins_once_and_again_after_it_left()
    {
        Assert.Equal((true, false), (_course.Join(), _course.Join()));
        _course.Leave();
        Assert.True(_course.Join());
    }
}
