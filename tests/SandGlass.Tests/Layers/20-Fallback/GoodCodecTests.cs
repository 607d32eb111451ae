using System.Text;
using SandGlass.Layers.Fallback;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Layers.Fallback;

public sealed class GoodCodecTests
{
    private readonly TestClock _clock = new();
    private readonly LastGoodState _route = new("r");

    [Fact]
    public void What_was_written_is_read_as_it_was_and_as_old_as_it_is()
    {
        var written = Write();
        _clock.Advance(TimeSpan.FromSeconds(7));
        var (key, answer) = Assert.Single(Read(written));

        Assert.Equal((UInt128.MaxValue - 5, 200, "héllo", "de", "gzip", "\"t\""), (key, answer.Status, Encoding.UTF8.GetString(answer.Body), answer.Values, answer.Coding, answer.Tag));
        Assert.Equal(["x-lang"], answer.Names);
        Assert.Equal(["A: 1", "B: 2,3"], answer.Headers.Select(static h => $"{h.Key}: {h.Value}"));
        Assert.Same(_route, answer.Route);
        Assert.InRange(_clock.GetElapsedTime(_clock.GetTimestamp() - answer.Age(_clock.GetTimestamp()), _clock.GetTimestamp()).TotalSeconds, 9.99, 10.01);
    }

    [Fact]
    public void Every_part_of_it_is_no_whole()
    {
        var written = Write();
        for (var length = 0; length < written.Length; length++)
        {
            var cut = written.AsSpan(0, length).ToArray();
            Assert.Throws<FormatException>(() => Read(cut));
        }

        Assert.Throws<FormatException>(() => Read([.. written, 0]));
    }

    [Fact]
    public void Bytes_that_are_wrong_are_found_or_harmless()
    {
        var written = Write();
        var dice = new Random(3);
        for (var i = 0; i < 2000; i++)
        {
            var wrong = written.ToArray();
            wrong[dice.Next(8, wrong.Length)] = (byte)dice.Next(256);
            try
            {
                Read(wrong);
            }
            catch (FormatException)
            {
                // Found.
            }
        }
    }

    [Fact]
    public void Where_the_clock_was_set_back_nobody_knows_how_old_it_is()
    {
        var written = Write();
        _clock.StepWall(TimeSpan.FromHours(-1));

        Assert.Empty(Read(written));
    }

    private byte[] Write() => GoodCodec.Write(
        [
            new(UInt128.MaxValue - 5,
            [
                new()
                {
                    Status = 200,
                    Headers = [new("A", "1"), new("B", new[] { "2", "3" })],
                    Body = Encoding.UTF8.GetBytes("héllo"),
                    Names = ["x-lang"],
                    Values = "de",
                    Coding = "gzip",
                    Tag = "\"t\"",
                    At = _clock.GetTimestamp() - (3 * _clock.TimestampFrequency),
                    Route = _route,
                },
            ]),
        ],
        _clock.GetTimestamp(),
        _clock);

    private IReadOnlyList<KeyValuePair<UInt128, GoodAnswer>> Read(byte[] bytes) =>
        GoodCodec.Read(bytes, name => name == "r" ? _route : null, _clock.GetTimestamp(), _clock);
}
