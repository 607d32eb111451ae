using SandGlass.Algorithms.Caching;

namespace SandGlass.Algorithms.Tests.Caching;

public sealed class CacheControlTests
{
    [Theory]
    [InlineData("max-age=3600", 3600L)]
    [InlineData("MaX-aGe=003600", 3600L)]
    [InlineData("max-age=\"3600\"", 3600L)]
    [InlineData("foobar, max-age=3600", 3600L)]
    [InlineData("max-age=99999999999", CacheControl.Most)]
    [InlineData("max-age=2147483649", CacheControl.Most)]
    [InlineData("max-age=-1", 0L)]
    [InlineData("max-age='3600'", 0L)]
    [InlineData("max-age=3600.0", 0L)]
    [InlineData("max-age=a", 0L)]
    [InlineData("max-age", 0L)]
    [InlineData("max-age =3600", null)]
    [InlineData("max-age= 3600", 0L)]
    [InlineData("max-age=1800, max-age=1", 1L)]
    [InlineData("max-age=1, max-age=1800", 1L)]
    [InlineData("extension=\"max-age=3600\"", null)]
    [InlineData("extension=\"a\\\", max-age=3600\", max-age=1", 1L)]
    public void Reads_numbers(string line, long? seconds) => Assert.Equal(seconds, Read(line).MaxAge);

    [Theory]
    [InlineData("no-cache=\"a, b\", max-age=9")]
    [InlineData("NO-CACHE")]
    [InlineData(" ,, no-cache ,")]
    public void Takes_a_directive_for_some_fields_for_the_whole(string line) => Assert.True(Read(line).NoCache);

    [Theory]
    [InlineData("max-stale", CacheControl.Most)]
    [InlineData("max-stale=5", 5L)]
    [InlineData("max-stale=x", 0L)]
    public void Reads_how_stale_a_client_bears_it(string line, long seconds) => Assert.Equal(seconds, Read(line).MaxStale);

    [Fact]
    public void Does_not_store_what_hides_in_an_open_quote() => Assert.True(Read("max-age=60, x=\"y, private").NoStore);

    [Theory]
    [InlineData("max-age=60", 60L, false)]
    [InlineData("max-age=60;x=1, no-store", 60L, true)]
    [InlineData("max-age=60, no-store=?0", 60L, false)]
    [InlineData("max-age=1, max-age=60", 1L, false)]
    [InlineData("x=(a \"b\";c 1.5);d=:aGk=:, max-age=7", 7L, false)]
    [InlineData("max-age=\"60\", no-store", null, true)]
    [InlineData("max-age=-5", 0L, false)]
    public void Reads_a_targeted_field(string field, long? seconds, bool noStore)
    {
        Assert.True(TargetedControl.TryRead(field, out var control));
        Assert.Equal((seconds, noStore), (control.MaxAge, control.NoStore));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Max-Age=60")]
    [InlineData("max-age=60,")]
    [InlineData("max-age=60 no-store")]
    [InlineData("max-age= 60")]
    [InlineData("max-age=\"6")]
    [InlineData("max-age=60, &")]
    [InlineData("x=(a")]
    public void Passes_over_a_targeted_field_that_does_not_parse(string field) => Assert.False(TargetedControl.TryRead(field, out _));

    [Theory]
    [InlineData("Wed, 11 Nov 2026 00:00:04 GMT", true)]
    [InlineData("Wednesday, 11-Nov-26 00:00:04 GMT", true)]
    [InlineData("Wed Nov 11 00:00:04 2026", true)]
    [InlineData("0", false)]
    [InlineData("Wed, 11 Nov 2026 00:00:04 UTC", false)]
    public void Reads_dates(string text, bool good)
    {
        Assert.Equal(good, HttpDate.TryParse(text, out var date));
        Assert.Equal(good ? new DateTimeOffset(2026, 11, 11, 0, 0, 4, TimeSpan.Zero) : default, date);
    }

    private static CacheControl Read(string line)
    {
        var control = new CacheControl();
        control.Add(line);
        return control;
    }
}
