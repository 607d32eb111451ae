namespace SandGlass.Algorithms.Tests;

public class VerdictTests
{
    [Fact]
    public void Admits_without_a_reason()
    {
        Assert.True(Verdict.Admit.Admitted);
        Assert.False(Verdict.Admit.Refused);
        Assert.Equal(string.Empty, Verdict.Admit.Reason);
    }

    [Fact]
    public void Waits_as_neither_admitted_nor_refused() => Assert.False(Verdict.Wait.Admitted || Verdict.Wait.Refused);

    [Theory]
    [InlineData(5, 5)]
    [InlineData(0, 0)]
    [InlineData(-5, 0)]
    public void Refuses_with_a_retry_time_of_zero_or_more(long given, long shown)
    {
        var verdict = Verdict.Refuse(Reasons.Quota, 1.5, given);
        Assert.Equal((VerdictKind.Refuse, "quota", 1.5, shown), (verdict.Kind, verdict.Reason, verdict.Measured, verdict.RetryAfter));
    }
}
