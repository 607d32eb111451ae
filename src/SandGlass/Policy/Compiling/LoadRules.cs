using SandGlass.Guarding;
using SandGlass.Layers.Break;
using SandGlass.Layers.Shed;

namespace SandGlass.Policy.Compiling;

/// <summary>Makes the rules about what machines can bear: this one, and those behind it.</summary>
/// <param name="compilation">What there is to compile.</param>
internal sealed class LoadRules(Compilation compilation)
{
    /// <summary>The machine's own.</summary>
    public GuardPlan Guard() => new(
        compilation.Pipeline.Guard, compilation.ModeOf(compilation.Policy.Shedding.Self.Mode, LayerName.Shed), compilation.Shadow(compilation.Pipeline.Guard, GuardLayer.Rule))
    {
        EnforceShare = compilation.Share(compilation.Policy.Shedding.Self.EnforcePercent, LayerName.Shed),
        State = compilation.State.Guard,
    };

    /// <summary>Waiting for room at a backend.</summary>
    public ShedPlan Shed(string route, string backend, SessionPlan? session) =>
        new(compilation.Pipeline.Shed, backend, compilation.ModeOf(compilation.Policy.Shedding.Mode, LayerName.Shed), compilation.Shadow(compilation.Pipeline.Shed, backend))
        {
            EnforceShare = compilation.Share(compilation.Policy.Shedding.EnforcePercent, LayerName.Shed),
            RouteSlot = compilation.State.RouteSlot(route),
            RetryHeader = compilation.Policy.Shedding.RetryHeader,
            Session = session,
            Returns = compilation.State.Returns,
            TicksPerSecond = compilation.Frequency,
        };

    /// <summary>Not asking where nothing has answered lately.</summary>
    public BreakPlan Break(string route, RoutePolicy written)
    {
        var breaker = written.Breaker ?? compilation.Policy.Breakers.Default;
        return new(compilation.Pipeline.Break, route, compilation.ModeOf(breaker.Mode, LayerName.Break), compilation.Shadow(compilation.Pipeline.Break, route))
        {
            EnforceShare = compilation.Share(breaker.EnforcePercent, LayerName.Break),
            Breaker = new(
                breaker.FailureRatio,
                breaker.Slow is null ? 0 : breaker.SlowRatio,
                breaker.Slow is { } slow ? compilation.Ticks(slow) : 0,
                compilation.Ticks(breaker.Window),
                breaker.MinRequests,
                compilation.Ticks(breaker.Open))
            {
                MostOpen = 3 * compilation.Frequency,
            },
            State = compilation.State.Breaker(route),
            TicksPerSecond = compilation.Frequency,
        };
    }
}
