using SandGlass.Layers.Fallback;
using SandGlass.Policy;

namespace SandGlass.Telemetry;

/// <summary>The fallbacks' part of <c>/metrics</c>.</summary>
internal static class FallbackMetrics
{
    /// <summary>Writes it.</summary>
    public static void Write(PrometheusText text, Snapshot snapshot, GatewayState state)
    {
        var plans = snapshot.Fallbacks.Values.ToArray();
        text.Family("sandglass_fallback_total", "counter", "How often a fallback worked: for a client that needed it, for one that tried it while all was well, or without a client.");
        foreach (var plan in plans)
        {
            foreach (var by in Enum.GetValues<FallbackProof>())
            {
                text.Sample(plan.State.Total(by), ("fallback", plan.Name), ("by", PolicyShape.Word(by)));
            }
        }

        text.Family("sandglass_fallback_broken", "gauge", "1 while a fallback could not be given: its file is gone, it has no good answer, its backend does not answer.");
        foreach (var plan in plans)
        {
            text.Sample(plan.State.Broken is null ? 0 : 1, ("fallback", plan.Name));
        }

        text.Family("sandglass_fallback_proven_age_seconds", "gauge", "Seconds since a fallback was last shown to work; nothing before the first time.");
        foreach (var plan in plans)
        {
            if (plan.State.Last is { } last)
            {
                text.Sample(state.Time.GetElapsedTime(last.Ticks).TotalSeconds, ("fallback", plan.Name));
            }
        }

        text.Family("sandglass_last_good_bytes", "gauge", "Memory of the last good answers.");
        text.Sample(state.LastGood?.Bytes ?? 0);
        text.Family("sandglass_last_good_keys", "gauge", "Keys of which a last good answer is kept.");
        text.Sample(state.LastGood?.Count ?? 0);
        var shared = state.LastGood?.Shared ?? new();
        text.Family("sandglass_last_good_shared_total", "counter", "Last good answers and the fleet: given to it, got from it, asked for in vain, taken out of it, turns that failed.");
        text.Sample(shared.Pushed.Sum(), ("result", "pushed"));
        text.Sample(shared.Pulled.Sum(), ("result", "pulled"));
        text.Sample(shared.Absent.Sum(), ("result", "absent"));
        text.Sample(shared.Removed.Sum(), ("result", "removed"));
        text.Sample(shared.Failed.Sum(), ("result", "failed"));
        text.Family("sandglass_last_good_total", "counter", "Answers of routes with lastGood: kept; unfit for others; to requests that may be somebody's.");
        foreach (var (route, known) in state.LastGoods)
        {
            text.Sample(known.Kept.Sum(), ("route", route), ("result", "kept"));
            text.Sample(known.Unfit.Sum(), ("route", route), ("result", "unfit"));
            text.Sample(known.Personal.Sum(), ("route", route), ("result", "personal"));
        }
    }
}
