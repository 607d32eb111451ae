using SandGlass.Algorithms.Caching;
using Xunit;

namespace SandGlass.Algorithms.Tests.Caching;

public sealed class SurrogateControlTests
{
    [Theory]
    [InlineData("max-age=600", 600, null)]
    [InlineData("MaX-aGe=600", 600, null)]
    [InlineData("foobar, max-age=600+60", 600, 60)]
    [InlineData("max-age=99999999999", CacheControl.Most, null)]
    [InlineData("max-age=999999999999999999999999", CacheControl.Most, null)]
    [InlineData("max-age=0", 0, null)]
    [InlineData("max-age=9, max-age=3;other", 9, null)]
    public void Reads_how_long(string field, long seconds, int? stale)
    {
        Assert.True(SurrogateControl.TryRead(field, out var control));
        Assert.Equal((seconds, stale, stale), (control.MaxAge!.Value, (int?)control.StaleWhileRevalidate, (int?)control.StaleIfError));
    }

    [Theory]
    [InlineData("no-store")]
    [InlineData("max-age=9, No-Store")]
    public void Reads_that_nothing_is_to_be_kept(string field)
    {
        Assert.True(SurrogateControl.TryRead(field, out var control));
        Assert.True(control.NoStore);
    }

    [Theory]
    [InlineData("")]
    [InlineData("foo")]
    [InlineData("max-age =9")]
    [InlineData("max-age= 9")]
    [InlineData("max-age=x")]
    [InlineData("max-age=-1")]
    [InlineData("max-age=9;other")]
    [InlineData("no-store;other")]
    [InlineData("max-age=9, content=\"ESI/1.0\"")]
    public void Passes_over_what_is_not_for_us(string field) => Assert.False(SurrogateControl.TryRead(field, out _));
}
