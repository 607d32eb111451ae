using Microsoft.AspNetCore.Http;
using SandGlass.Layers.Fallback;
using Xunit;

namespace SandGlass.Tests.Layers.Fallback;

public sealed class LastGoodStoreTests
{
    private readonly LastGoodStore _store = new(1 << 20);
    private readonly LastGoodState _route = new("r");

    [Fact]
    public void Keeps_the_newer_of_two_answers_whichever_comes_last()
    {
        _store.Keep(1, Answer("new", 20));
        _store.Keep(1, Answer("old", 10));

        Assert.Equal("new", Text(_store.Find(1, new HeaderDictionary())));
        Assert.Equal("new", Text(_route.Newest));
    }

    [Fact]
    public void Keeps_four_variants_of_a_key_the_newest_ones()
    {
        for (var i = 0; i < 6; i++)
        {
            _store.Keep(1, Answer($"v{i}", i, ["x-lang"], $"l{i}"));
        }

        Assert.Equal(
            [null, null, "v2", "v3", "v4", "v5"],
            Enumerable.Range(0, 6).Select(i => Text(_store.Find(1, new HeaderDictionary { ["X-Lang"] = $"l{i}" }))));
        Assert.Null(_store.Find(1, new HeaderDictionary()));
    }

    [Theory]
    [InlineData("gzip", "gzip, br", true)]
    [InlineData("gzip", "br;q=1.0, GZIP;q=0.5", true)]
    [InlineData("gzip", "gzip;q=0", false)]
    [InlineData("gzip", "gzip;q=0.000", false)]
    [InlineData("gzip", "br", false)]
    [InlineData("gzip", "", false)]
    [InlineData(null, "", true)]
    public void Gives_what_is_packed_to_those_who_can_unpack_it(string? coding, string accepted, bool given)
    {
        _store.Keep(1, Answer("x", 1, coding: coding));

        Assert.Equal(given, _store.Find(1, new HeaderDictionary { ["Accept-Encoding"] = accepted }) is not null);
    }

    [Fact]
    public void Another_size_takes_over_what_is_there_and_who_listens()
    {
        var told = 0;
        _store.Kept += (_, _) => told++;
        _store.Keep(1, Answer("x", 1));
        var larger = LastGoodStore.Resized(_store, 2 << 20);
        larger.Keep(2, Answer("y", 2));

        Assert.Equal((2, 2, "x"), (told, larger.Count, Text(larger.Find(1, new HeaderDictionary()))));
    }

    [Fact]
    public void Passers_by_do_not_wash_away_what_is_asked_for_again()
    {
        _store.Keep(1, Answer(new string('h', 1000), 1));
        for (var i = 2; i < 5000; i++)
        {
            _store.Keep((UInt128)i, Answer(new string('c', 1000), i));
            _ = _store.Find(1, new HeaderDictionary());
        }

        Assert.NotNull(_store.Find(1, new HeaderDictionary()));
        Assert.InRange(_store.Bytes, 900_000, 1 << 20);
    }

    private GoodAnswer Answer(string body, long at, string[]? names = null, string values = "", string? coding = null) => new()
    {
        Status = 200,
        Headers = [],
        Body = System.Text.Encoding.UTF8.GetBytes(body),
        Names = names ?? [],
        Values = values,
        Coding = coding,
        At = at,
        Route = _route,
    };

    private static string? Text(GoodAnswer? answer) => answer is null ? null : System.Text.Encoding.UTF8.GetString(answer.Body);
}
