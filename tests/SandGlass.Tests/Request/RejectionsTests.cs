using SandGlass.Algorithms;
using SandGlass.Request;
using SandGlass.Testing;
using Xunit;
using TestContext = SandGlass.Testing.TestContext;

namespace SandGlass.Tests.Request;

public sealed class RejectionsTests
{
    [Theory]
    [InlineData(ForwardEnd.TimedOut, 504, "timeout", 0)]
    [InlineData(ForwardEnd.Expired, 504, "deadline", 0)]
    [InlineData(ForwardEnd.Withheld, 500, "upstream-error", 0)]
    [InlineData(ForwardEnd.Withheld, 503, "upstream-error", 1)]
    [InlineData(ForwardEnd.Unreachable, 502, "unreachable", 0)]
    public void Blames_the_backend_for_what_it_did(ForwardEnd end, int status, string reason, int retryAfter) =>
        Assert.Equal(new Rejection(Place.Forward, "marketing", status, reason, retryAfter), OnItsWay(passage => Rejections.Of(passage, new ForwardResult(end, status))));

    [Fact]
    public void Blames_the_client_for_its_body() =>
        Assert.Equal(
            new Rejection(Place.Trust, "body", 413, "body", Replaceable: false),
            OnItsWay(static passage => Rejections.Of(passage, new ForwardResult(ForwardEnd.ClientFault, 413))));

    [Fact]
    public void Says_404_where_there_is_no_rule_to_blame() =>
        Assert.Equal(
            new Rejection(Place.None, "no-route", 404, "no-route", Replaceable: false),
            OnItsWay(static passage => Rejections.Of(passage, null, Verdict.Refuse("no-route", 0, 0))));

    [Theory]
    [InlineData(FaultAt.Decide, "defect", 0)]
    [InlineData(FaultAt.Reject, "stub", 1)]
    public void Says_503_where_a_layer_cannot_say_why(FaultAt fault, string reason, int reported)
    {
        using var glass = new Glass(Policies.With());
        var rule = new FaultyLayer(glass.Pipeline.Shed, fault).Rule();

        var rejection = OnItsWay(passage => Rejections.Of(passage, rule, Verdict.Refuse(reason, 0, 0)), glass);

        Assert.Equal(new Rejection(Place.Shed, "faulty", 503, "defect", 1, Replaceable: false), rejection);
        Assert.Equal(reported, glass.State.Defects.Totals.Sum(static d => d.Total));
    }

    private static Rejection OnItsWay(Func<Passage, Rejection> say, Glass? glass = null)
    {
        using var own = glass is null ? new Glass(Policies.With()) : null;
        using var request = new TestContext();
        return say((glass ?? own!).Enter(request));
    }
}
