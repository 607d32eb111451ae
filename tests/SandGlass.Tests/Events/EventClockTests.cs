using SandGlass.Events;
using SandGlass.Policy;
using Xunit;

namespace SandGlass.Tests.Events;

public sealed class EventClockTests
{
    private static readonly DateTimeOffset Zero = new(2026, 11, 11, 0, 0, 0, TimeSpan.FromHours(8));

    private static readonly GatewayPolicy Policy = new()
    {
        Event = new()
        {
            Start = Zero,
            Phases = new Dictionary<string, Duration> { ["steady"] = new(TimeSpan.FromMinutes(30)), ["warm-up"] = new(TimeSpan.FromHours(-2)), ["peak"] = new(TimeSpan.Zero) },
        },
        Plans = new Dictionary<string, PlanPolicy> { ["zero-hour"] = new() { When = new() { Phase = "peak" } }, ["other"] = new() },
    };

    [Theory]
    [InlineData(-10_000, null, null, "warm-up", 2800.0)]
    [InlineData(-7200, "warm-up", 0.0, "peak", 7200.0)]
    [InlineData(-1, "warm-up", 7199.0, "peak", 1.0)]
    [InlineData(0, "peak", 0.0, "steady", 1800.0)]
    [InlineData(1800, "steady", 0.0, null, null)]
    [InlineData(90_000, "steady", 88_200.0, null, null)]
    public void Tells_the_phase_and_how_long_until_the_next(int seconds, string? phase, double? since, string? next, double? left)
    {
        var now = EventClock.Read(Policy, Zero.AddSeconds(seconds).ToUniversalTime())!;

        Assert.Equal((phase, since, next, left), (now.Phase, now.PhaseSeconds, now.Next, now.NextInSeconds));
        Assert.Equal(["warm-up: ", "peak: zero-hour", "steady: "], now.Phases.Select(static p => $"{p.Name}: {string.Join(',', p.Plans)}"));
    }

    [Fact]
    public void Without_an_event_or_phases_there_is_little_to_tell()
    {
        Assert.Null(EventClock.Read(new(), Zero));
        var bare = EventClock.Read(new() { Event = new() { Start = Zero } }, Zero)!;
        Assert.Equal((null, null, 0), (bare.Phase, bare.Next, bare.Phases.Count));
    }
}
