using SandGlass.Fleet;
using Xunit;

namespace SandGlass.Tests.Fleet;

public sealed class FleetShareTests
{
    private TimeSpan _elapsed;

    [Fact]
    public void Announces_itself_again_to_an_emptied_Redis_when_nothing_is_shared()
    {
        var redis = new FakeRedis(() => _elapsed);
        FleetShare[] shares = [new(100) { Name = "a", IsMember = true }, new(102) { Name = "b", IsMember = true }];
        Turns(redis, shares, 5);
        Assert.All(shares, static s => Assert.Single(s.Peers));

        redis.Flush();
        Turns(redis, shares, 5);

        Assert.Equal(["b", "a"], shares.Select(static s => Assert.Single(s.Peers).Name));
        // And then there is nothing more to say.
        Assert.All(shares, static s => Assert.False(s.IsWanted));
    }

    [Fact]
    public void Asks_again_when_the_heartbeat_counts_one_that_was_not_alive_when_heard_of()
    {
        var share = new FleetShare(100) { Name = "a", IsMember = true };
        share.Seen(revision: 7, members: 2, now: 1);
        var (_, said) = share.Tell();

        // Redis was emptied and the other has told its things again, but its next heartbeat is still to come.
        share.Hear([], said, new ShareAnswer(1, 7, [], [(share.Id, true, said), ("0000000000000066", false, "{\"name\":\"b\",\"applied\":0}")]));
        Assert.False(Assert.Single(share.Peers).IsAlive);
        Assert.False(share.IsWanted);

        share.Seen(revision: 7, members: 2, now: 2);
        Assert.True(share.IsWanted);
    }

    private void Turns(FakeRedis redis, FleetShare[] shares, int turns)
    {
        for (var turn = 0; turn < turns; turn++)
        {
            _elapsed += TimeSpan.FromMilliseconds(100);
            foreach (var share in shares)
            {
                redis.Call(share, 1);
            }
        }
    }
}
