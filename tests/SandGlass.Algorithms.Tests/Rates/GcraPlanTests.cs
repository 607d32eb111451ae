using SandGlass.Algorithms.Rates;

namespace SandGlass.Algorithms.Tests.Rates;

public class GcraPlanTests
{
    private const long Nanoseconds = 1_000_000_000;

    [Theory]
    [InlineData(1, 1, 10_000_000, 10_000_000, 10_000_000)]
    [InlineData(100, 20, 10_000_000, 100_000, 2_000_000)]
    [InlineData(1_000_000, 10, Nanoseconds, 1000, 10_000)]
    [InlineData(1e12, 10, Nanoseconds, 1, 10)]
    [InlineData(5, 0, 10_000_000, 2_000_000, 2_000_000)]
    [InlineData(5, 2.5, 10_000_000, 2_000_000, 5_000_000)]
    [InlineData(1e-300, 5, Nanoseconds, GcraPlan.MaxTolerance, GcraPlan.MaxTolerance)]
    public void Turns_a_rate_into_ticks(double perSecond, double burst, long frequency, long interval, long tolerance) =>
        Assert.Equal(new GcraPlan(interval, tolerance), GcraPlan.FromRate(perSecond, burst, frequency));

    [Theory]
    [InlineData(1.0 / 86_400, 1, 10 * 86_400.0)]
    [InlineData(3, 5, 100)]
    [InlineData(12_345, 100, 2)]
    [InlineData(2_700_000, 1000, 0.1)]
    public void Admits_the_rate_it_was_made_from(double perSecond, double burst, double seconds)
    {
        var plan = GcraPlan.FromRate(perSecond, burst, Nanoseconds);
        long tat = long.MinValue, admitted = 0, end = (long)(seconds * Nanoseconds);
        for (long now = 0; now < end;)
        {
            RateAnswer answer = Gcra.Decide(plan, ref tat, now, 1);
            admitted += answer.Admitted ? 1 : 0;
            now += answer.RetryAfterTicks;
        }

        Assert.InRange(admitted, (burst + (perSecond * seconds)) * 0.998 - 1, (burst + (perSecond * seconds)) * 1.002 + 1);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-1, 1)]
    [InlineData(double.NaN, 1)]
    [InlineData(1, double.NaN)]
    public void Refuses_what_is_no_rate(double perSecond, double burst) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => GcraPlan.FromRate(perSecond, burst, Nanoseconds));
}
