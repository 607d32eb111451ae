using SandGlass.Testing;
using SandGlass.Yarp;
using Xunit;
using TestContext = SandGlass.Testing.TestContext;

namespace SandGlass.Tests.Yarp;

public sealed class DeadlineTests : IDisposable
{
    private readonly Glass _glass = new(Policies.With("\"timeout\": \"2s\""));
    private readonly TestContext _request = new();

    [Theory]
    [InlineData(0, 0, false, true, "2000", false, false)]
    [InlineData(0, 39.5, false, true, "1961", false, false)]
    [InlineData(0, 500.5, false, true, "1500", true, false)]
    [InlineData(0, 1500.5, false, true, "500", true, true)]
    [InlineData(0, 2000.5, false, false, "1", true, true)]
    // The caller's patience counts where it is less, and not in what is fetched for all.
    [InlineData(700, 0, false, true, "700", true, true)]
    [InlineData(700, 0, true, true, "2000", false, false)]
    [InlineData(9000, 0, false, true, "2000", false, false)]
    public void Gives_what_is_left_of_the_routes_time_or_the_callers(int waitsMs, double spentMs, bool forAll, bool begins, string text, bool hurries, bool isShort)
    {
        var passage = _glass.Enter(_request);
        passage.WaitsMs = waitsMs;
        _glass.Clock.Advance(TimeSpan.FromMilliseconds(spentMs));
        var now = _glass.Clock.GetTimestamp();
        var deadline = new Deadline(passage, _glass.Clock);

        Assert.Equal(begins, deadline.TryBegin(now, forAll));

        Assert.Equal((text, hurries, false), (deadline.Text(now), deadline.Hurries, deadline.WasShort));
        deadline.Hold();
        Assert.Equal(isShort, deadline.WasShort);
    }

    public void Dispose()
    {
        _request.Dispose();
        _glass.Dispose();
    }
}
