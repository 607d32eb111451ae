using SandGlass.Plans;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Plans;

public sealed class PlanRehearsalsTests : IDisposable
{
    private readonly Glass _glass = new(Policies.With(sections: """
        "switches": { "a": { "routes": [ "r" ], "do": { "refuse": {} } }, "b": { "routes": [ "r" ], "do": { "admit": 0 } } }
        """));

    private readonly PlanRehearsals _rehearsals;
    private readonly PlanRun _run = new(
        "p", PlanPosition.Rehearsing, DateTimeOffset.UnixEpoch, "ann", "try it", [new("a", TimeSpan.Zero), new("gone", TimeSpan.Zero), new("b", TimeSpan.Zero)], null, TimeSpan.Zero);

    public PlanRehearsalsTests() => _rehearsals = new(_glass.State, () => _glass.Store.Current);

    [Theory]
    [InlineData(0.0, 1)]
    [InlineData(1.9, 1)]
    [InlineData(2.0, 2)]
    [InlineData(60.0, 2)]
    public void Throws_a_step_a_second_and_leaves_out_what_the_policy_has_no_more(double seconds, int done) =>
        Assert.Equal(done, _rehearsals.Throw(_run, TimeSpan.FromSeconds(seconds)).Done);

    [Fact]
    public void Tells_of_each_switch_what_it_would_have_touched_since_it_was_thrown()
    {
        var shadowed = _glass.Store.Current.Switches["a"].Shadowed;
        shadowed.Add();
        var run = _rehearsals.Throw(_run, TimeSpan.FromSeconds(1));
        shadowed.Add();
        shadowed.Add();

        Assert.Equal([("a", 2L)], _rehearsals.Stop(run).Select(static w => (w.Key, w.Value)));
        Assert.Empty(_rehearsals.Stop(run));
    }

    [Theory]
    [InlineData(7.9, false)]
    [InlineData(8.0, true)]
    public void Stays_five_seconds_after_its_last_step(double seconds, bool isOver) =>
        Assert.Equal(isOver, PlanRehearsals.IsOver(_run, TimeSpan.FromSeconds(seconds)));

    public void Dispose() => _glass.Dispose();
}
