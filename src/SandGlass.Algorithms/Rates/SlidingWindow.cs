using System.Runtime.CompilerServices;

namespace SandGlass.Algorithms.Rates;

/// <summary>
/// At most so many in any window, as two counters a key: the last window's count weighs what of it the sliding window still covers,
/// before·(1 − elapsed/W) + now (the approximation of Cloudflare and of Redis' documentation: exact where the window before was even,
/// off by a few per cent where it was not; the most it lets through in any window is twice the limit in the worst case of a burst at the
/// very end of one window, never more than a fixed window does).
/// </summary>
public readonly struct SlidingWindow : IRateAlgorithm<WindowPlan, WindowState>
{
    /// <inheritdoc/>
    public static WindowState Rested(in WindowPlan plan, long now) => new(now, 0, 0);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RateAnswer Decide(in WindowPlan plan, ref WindowState state, long now, long cost)
    {
        Windows.Turn(plan, ref state, now);
        cost = Math.Max(0, cost);
        double used = Used(plan, state, now);
        long reset = ResetTicks(plan, state, now);
        if (used + cost > plan.Limit)
        {
            return new RateAnswer(false, Math.Max(0, (long)(plan.Limit - used)), reset, RetryAfter(plan, state, now, cost));
        }

        state.Now += (uint)cost;
        return new RateAnswer(true, (long)(plan.Limit - used - cost), cost > 0 ? ResetTicks(plan, state, now) : reset, 0);
    }

    /// <inheritdoc/>
    public static void Refund(in WindowPlan plan, ref WindowState state, long now, long cost) => Windows.Refund(plan, ref state, now, cost);

    /// <inheritdoc/>
    public static long Debt(in WindowPlan plan, in WindowState state, long now)
    {
        WindowState seen = state;
        Windows.Turn(plan, ref seen, now);
        return seen.Now == 0 && seen.Before == 0 ? 0 : Math.Max(1, (long)(Used(plan, seen, now) * ((double)plan.Window / plan.Limit)));
    }

    private static double Used(in WindowPlan plan, in WindowState state, long now) =>
        state.Now + (state.Before * (1 - ((double)(now - state.Start) / plan.Window)));

    // Until nothing of either count is left.
    private static long ResetTicks(in WindowPlan plan, in WindowState state, long now)
    {
        long left = plan.Window - (now - state.Start);
        return state.Now > 0 ? left + plan.Window : state.Before > 0 ? left : 0;
    }

    // When before·(1 − t/W) + now + cost ≤ limit: in this window if the count before it weighs too much, else in the next one, when this
    // window's count is the one before.
    private static long RetryAfter(in WindowPlan plan, in WindowState state, long now, long cost)
    {
        long elapsed = now - state.Start;
        double room = (double)plan.Limit - cost - state.Now;
        if (room >= 0)
        {
            return At(plan.Window * (1 - (room / state.Before)) - elapsed);
        }

        room = (double)plan.Limit - cost;
        long turn = plan.Window - elapsed;
        return room < 0 ? turn + plan.Window : At(turn + (plan.Window * (1 - (room / state.Now))));

        static long At(double ticks) => Math.Max(1, (long)Math.Ceiling(ticks));
    }
}
