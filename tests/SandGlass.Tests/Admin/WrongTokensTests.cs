using System.Net;
using SandGlass.Admin;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Admin;

public sealed class WrongTokensTests
{
    private static readonly IPAddress Stranger = IPAddress.Parse("203.0.113.7");

    private readonly TestClock _clock = new();
    private readonly WrongTokens _wrong;

    public WrongTokensTests() => _wrong = new(_clock);

    [Fact]
    public void An_address_waits_for_the_end_of_its_minute_and_no_other_does()
    {
        for (var i = 0; i < WrongTokens.Most; i++)
        {
            Assert.Equal(TimeSpan.Zero, _wrong.Wait(Stranger));
            _wrong.Add(Stranger);
        }

        _clock.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(40, _wrong.Wait(Stranger).TotalSeconds, 1);
        Assert.Equal(40, _wrong.Wait(Stranger.MapToIPv6()).TotalSeconds, 1);
        Assert.Equal(TimeSpan.Zero, _wrong.Wait(IPAddress.Loopback));

        _clock.Advance(TimeSpan.FromSeconds(41));
        Assert.Equal(TimeSpan.Zero, _wrong.Wait(Stranger));
    }

    [Fact]
    public void Setting_the_wall_clock_lets_nobody_in_sooner()
    {
        for (var i = 0; i < WrongTokens.Most; i++)
        {
            _wrong.Add(Stranger);
        }

        _clock.StepWall(TimeSpan.FromHours(1));
        Assert.True(_wrong.Wait(Stranger) > TimeSpan.Zero);
        _clock.StepWall(TimeSpan.FromHours(-2));
        Assert.True(_wrong.Wait(Stranger) > TimeSpan.Zero);
    }

    [Fact]
    public void A_household_with_a_network_of_its_own_is_one_address()
    {
        for (var i = 0; i < WrongTokens.Most; i++)
        {
            _wrong.Add(IPAddress.Parse($"2001:db8::{i:x}"));
        }

        Assert.True(_wrong.Wait(IPAddress.Parse("2001:db8::ffff:1")) > TimeSpan.Zero);
        Assert.Equal(TimeSpan.Zero, _wrong.Wait(IPAddress.Parse("2001:db8:0:1::1")));
    }

    [Fact]
    public void A_flood_of_addresses_is_remembered_only_so_far()
    {
        for (var i = 0; i < WrongTokens.Most; i++)
        {
            _wrong.Add(Stranger);
        }

        for (var i = 0; i < WrongTokens.MostAddresses - 1; i++)
        {
            _clock.Advance(TimeSpan.FromTicks(100));
            _wrong.Add(new IPAddress(i + 1L));
        }

        Assert.True(_wrong.Wait(Stranger) > TimeSpan.Zero);
        _wrong.Add(IPAddress.IPv6Loopback);
        Assert.Equal(TimeSpan.Zero, _wrong.Wait(Stranger));
    }
}
