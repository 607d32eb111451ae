using System.Collections.Frozen;
using SandGlass.Layers.Fallback;
using SandGlass.Layers.Switch;
using SandGlass.Yarp;

namespace SandGlass.Policy.Compiling;

/// <summary>Makes the policy's switches: what each does, and which routes it touches.</summary>
/// <param name="compilation">What there is to compile.</param>
/// <param name="fallbacks">What they may answer with.</param>
/// <param name="backends">Where they may send to.</param>
internal sealed class SwitchCompiler(
    Compilation compilation, IReadOnlyDictionary<string, FallbackPlan> fallbacks, FrozenDictionary<string, BackendPlan> backends)
{
    /// <summary>All of them.</summary>
    public FrozenDictionary<string, SwitchPlan> All() =>
        compilation.Policy.Switches.ToFrozenDictionary(static s => s.Key, s => Switch(s.Key, s.Value), StringComparer.Ordinal);

    private SwitchPlan Switch(string id, SwitchPolicy written)
    {
        var action = written.Do;
        var mode = compilation.ModeOf(written.Mode, LayerName.Switch);
        return new(compilation.Pipeline.Switch, id, mode, compilation.Shadow(compilation.Pipeline.Switch, id))
        {
            EnforceShare = compilation.Share(written.EnforcePercent, LayerName.Switch),
            Policy = written,
            Routes = [.. compilation.Policy.Routes.Where(r => SwitchPlan.Touches(written, r.Key, r.Value.Chain)).Select(static r => r.Key)],
            State = compilation.State.Switch(id),
            DivertTo = action.Fallback is { } name ? fallbacks[name] : null,
            Admit = action.Admit ?? 1,
            Refuses = action.Refuse is not null,
            Status = action.Refuse?.Status ?? 503,
            RetryAfter = (int)(action.Refuse?.RetryAfter.Value.TotalSeconds ?? 30),
            RateScale = action.ScaleRateLimits ?? 1,
            Ttl = action.CoalesceTtl is { } ttl ? compilation.Ticks(ttl) : 0,
            ShedBelow = action.ShedBelow,
            Backend = action.UseBackend is { } other ? backends[other] : null,
            Timeout = action.Timeout?.Value,
        };
    }
}
