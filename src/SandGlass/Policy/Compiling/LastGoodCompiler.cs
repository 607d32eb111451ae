using System.Collections.Frozen;
using SandGlass.Layers.Coalesce;
using SandGlass.Layers.Fallback;
using SandGlass.Layers.Shed;
using SandGlass.Layers.Switch;
using SandGlass.Request;

namespace SandGlass.Policy.Compiling;

/// <summary>Makes out of a route's rules what it keeps of good answers, so that they can be repeated in trouble.</summary>
/// <param name="compilation">What there is to compile.</param>
/// <param name="session">Whose cookie is no reason against keeping; null: there is none.</param>
internal sealed class LastGoodCompiler(Compilation compilation, SessionPlan? session)
{
    /// <summary>A route's; null: nobody repeats its answers. By the key of the first of its fallbacks that does: its own before those that switches send to.</summary>
    public LastGoodPlan? Of(string route, RoutePolicy written, IReadOnlyList<Rule> rules)
    {
        var repeating = rules.OfType<FallbackRule>().Select(static r => r.Plan).Concat(rules.OfType<SwitchPlan>().Select(static s => s.DivertTo))
            .Concat(rules.OfType<HotLimitRule>().Select(static l => l.Fallback))
            .OfType<FallbackPlan>().SelectMany(static p => p.Chain).Where(static p => p.Kind == FallbackKind.LastGood).ToArray();
        if (repeating.Length == 0 || written.Answer is not null)
        {
            return null;
        }

        var own = compilation.Policy.Fallbacks[repeating[0].Name];
        var sharing = rules.OfType<CoalescePlan>().FirstOrDefault();
        var key = sharing?.Key ?? (own.Key is { } parts ? KeyPlan.Parse(parts) : KeyPlan.WholeTarget);
        return new()
        {
            Key = key,
            Plain = PlainHeaders.All.Union(own.IgnoreHeaders, StringComparer.OrdinalIgnoreCase).Union(key.HeaderNames, StringComparer.OrdinalIgnoreCase)
                .ToFrozenSet(StringComparer.OrdinalIgnoreCase),
            SharedBy = sharing,
            IgnoresCookies = sharing?.IgnoresCookies ?? false,
            OwnCookie = session?.Cookie,
            KeepsNoStore = own.NoStore,
            Allows = Allowed(own, sharing).ToFrozenSet(StringComparer.Ordinal),
            MaxBytes = (int)Math.Min(compilation.Policy.LastGood.MaxAnswer.Bytes, compilation.Policy.LastGood.MaxBytes.Bytes / 16),
            MaxAge = repeating.Max(static p => p.LastGood),
            Store = compilation.State.LastGoodOf(compilation.Policy.LastGood.MaxBytes.Bytes),
            State = compilation.State.LastGoodAt(route),
            TicksPerSecond = compilation.Frequency,
        };
    }

    private IEnumerable<string> Allowed(FallbackPolicy own, CoalescePlan? sharing) =>
    [
        .. own.IgnoreHeaders.Select(Leniency.Header),
        .. sharing?.SentNames.Select(Leniency.Sent) ?? [],
        .. own.NoStore ? [Leniency.NoStore] : Array.Empty<string>(),
        .. sharing is { SharesSetCookie: true } ? [Leniency.SetCookie] : Array.Empty<string>(),
        .. session is { } ours ? [Leniency.Cookie(ours.Cookie)] : Array.Empty<string>(),
    ];
}
