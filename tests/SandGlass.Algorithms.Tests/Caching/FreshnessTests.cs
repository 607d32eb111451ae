using SandGlass.Algorithms.Caching;

namespace SandGlass.Algorithms.Tests.Caching;

public sealed class FreshnessTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 11, 0, 0, 0, TimeSpan.Zero);

    // Status, Cache-Control, seconds of Expires after Date, of Last-Modified before it, Age; seconds of freshness with a ttl of 10; -1: not kept.
    [Theory]
    [InlineData(200, "", null, null, 0, 10)]
    [InlineData(200, "", null, 30, 0, 3)]
    [InlineData(200, "", null, 3000, 0, 10)]
    [InlineData(200, "", null, -50, 0, 0)]
    [InlineData(200, "max-age=60", null, null, 0, 60)]
    [InlineData(200, "max-age=60", null, null, 20, 40)]
    [InlineData(200, "max-age=60", null, null, 60, 0)]
    [InlineData(200, "max-age=60, s-maxage=2", null, null, 0, 2)]
    [InlineData(200, "max-age=0, s-maxage=20", null, null, 0, 20)]
    [InlineData(200, "max-age=5", 100, null, 0, 5)]
    [InlineData(200, "", 100, null, 0, 100)]
    [InlineData(200, "", 100, null, 25, 75)]
    [InlineData(200, "", -100, null, 0, 0)]
    [InlineData(200, "", int.MaxValue, null, 0, 0)]
    [InlineData(200, "no-cache, max-age=60", null, null, 0, 0)]
    [InlineData(200, "no-store, max-age=60", null, null, 0, -1)]
    [InlineData(200, "private", null, null, 0, -1)]
    [InlineData(200, "must-understand, no-store, max-age=60", null, null, 0, 60)]
    [InlineData(599, "must-understand, no-store, max-age=60", null, null, 0, -1)]
    [InlineData(599, "max-age=60", null, null, 0, 60)]
    [InlineData(599, "", null, 30, 0, -1)]
    [InlineData(599, "public", null, 30, 0, 3)]
    [InlineData(201, "", null, 30, 0, -1)]
    [InlineData(404, "", null, null, 0, -1)]
    [InlineData(404, "", null, 30, 0, 3)]
    [InlineData(404, "max-age=60", null, null, 0, 60)]
    [InlineData(500, "", null, null, 0, -1)]
    [InlineData(206, "max-age=60", null, null, 0, -1)]
    [InlineData(304, "max-age=60", null, null, 0, -1)]
    public void Knows_how_long_an_answer_is_fresh(int status, string control, int? expires, int? modified, int age, double seconds)
    {
        var found = Freshness.Of(Facts(status, control, expires, modified, age), ttl: 10, force: false, delay: 0);

        Assert.Equal(seconds, found.IsStorable ? found.Seconds : -1);
    }

    [Theory]
    [InlineData(200, "max-age=60", 10)]
    [InlineData(200, "no-cache", 10)]
    [InlineData(200, "max-age=0", 10)]
    [InlineData(200, "no-store", -1)]
    [InlineData(200, "private, max-age=60", -1)]
    [InlineData(500, "", -1)]
    public void Takes_the_policys_word_for_how_long_where_it_is_forced_and_never_for_whether(int status, string control, double seconds)
    {
        var found = Freshness.Of(Facts(status, control, null, null, 0), ttl: 10, force: true, delay: 0);

        Assert.Equal(seconds, found.IsStorable ? found.Seconds : -1);
    }

    [Fact]
    public void Adds_how_long_the_fetch_took_to_the_age() =>
        Assert.Equal(new Freshness(true, 52, 8, true), Freshness.Of(Facts(200, "max-age=60", null, null, 5), ttl: 10, force: false, delay: 3));

    private static AnswerFacts Facts(int status, string control, int? expires, int? modified, int age)
    {
        var read = new CacheControl();
        read.Add(control);
        return new()
        {
            Status = status,
            Control = read,
            Age = age,
            Date = Now,
            HasExpires = expires is not null,
            Expires = expires is null or int.MaxValue ? null : Now.AddSeconds(expires.Value),
            LastModified = modified is { } ago ? Now.AddSeconds(-ago) : null,
        };
    }
}
