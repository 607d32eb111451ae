using SandGlass.Layers.Fallback;
using SandGlass.Policy;

namespace SandGlass.Admin;

/// <summary>Each fallback: when it last worked, by what, and what is wrong with it.</summary>
internal static class FallbackReport
{
    public static IEnumerable<FallbackStatus> Of(Snapshot snapshot, TimeProvider time)
    {
        var now = time.GetTimestamp();
        foreach (var plan in snapshot.Fallbacks.Values)
        {
            var last = plan.State.Last;
            yield return new(
                plan.Name,
                StatusReport.Kebab(plan.Kind),
                plan.Else?.Name,
                [.. snapshot.RoutesOf(plan).Select(static r => r.Name)],
                last?.At,
                last is null ? null : StatusReport.Kebab(last.By),
                last is null ? null : Math.Round(time.GetElapsedTime(last.Ticks, now).TotalSeconds, 1),
                plan.State.Broken,
                plan.State.Total(FallbackProof.Use),
                plan.State.Total(FallbackProof.Exercise),
                plan.State.Total(FallbackProof.Synthetic));
        }
    }

    public static LastGoodStatus? LastGood(GatewayState state) => state.LastGood is not { } store ? null : new(store.Count, store.Bytes, store.MaxBytes);
}
