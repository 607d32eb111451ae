using SandGlass.Algorithms.Counting;
using SandGlass.Request;
using SandGlass.Telemetry;
using Xunit;

namespace SandGlass.Tests.Telemetry;

public sealed class TallyHistoryTests
{
    private const long Second = 1_000_000;

    private readonly RouteTally _tally = new("marketing", "r", Second);
    private readonly TallyHistory _history;

    public TallyHistoryTests() => _history = new(_tally);

    [Fact]
    public void Tells_what_was_gained_since_it_was_asked_last_and_makes_nothing_where_that_is_nothing()
    {
        Assert.Null(_history.Gains());
        Answer(3);
        Assert.Equal(3, _history.Gains()!.Sum());
        Assert.Null(_history.Gains());
        Answer(1);
        var gains = _history.Gains()!;
        Assert.Equal(1, gains[((int)RequestOutcome.Served * Places.Count) + Place.Forward.Index()]);
        Assert.Equal(1, gains.Sum());

        Assert.Equal(0, Allocated.Per(() => _history.Gains()));
    }

    [Fact]
    public void Speaks_of_the_answers_since_the_older_of_two_turns()
    {
        Answer(5);
        Assert.Equal(5, Since());
        _history.Turn();
        Assert.Equal(5, Since());
        Answer(2);
        _history.Turn();
        Assert.Equal(2, Since());
        Answer(4);
        Assert.Equal(6, Since());
        _history.Turn();
        Assert.Equal(4, Since());
        _history.Turn();
        Assert.Equal(0, Since());
    }

    private long Since()
    {
        var buckets = new long[DurationHistogram.BucketCount];
        _history.Since(buckets);
        return buckets.Sum();
    }

    private void Answer(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _tally.Count(new(RequestOutcome.Served, Place.Forward), Second / 100);
        }
    }
}
