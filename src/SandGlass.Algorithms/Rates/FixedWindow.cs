using System.Runtime.CompilerServices;

namespace SandGlass.Algorithms.Rates;

/// <summary>At most so many from one turn of the window to the next; around a turn twice as many may pass in a short time.</summary>
public readonly struct FixedWindow : IRateAlgorithm<WindowPlan, WindowState>
{
    /// <inheritdoc/>
    public static WindowState Rested(in WindowPlan plan, long now) => new(now - Phase(plan, now), 0, 0);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RateAnswer Decide(in WindowPlan plan, ref WindowState state, long now, long cost)
    {
        Turn(plan, ref state, now);
        cost = Math.Max(0, cost);
        long turn = plan.Window - (now - state.Start);
        if (state.Now + cost > plan.Limit)
        {
            return new RateAnswer(false, Math.Max(0, plan.Limit - state.Now), turn, turn);
        }

        state.Now += (uint)cost;
        return new RateAnswer(true, plan.Limit - state.Now, state.Now > 0 ? turn : 0, 0);
    }

    /// <inheritdoc/>
    public static void Refund(in WindowPlan plan, ref WindowState state, long now, long cost)
    {
        Turn(plan, ref state, now);
        state.Now -= (uint)Math.Min(state.Now, Math.Max(0, cost));
    }

    /// <inheritdoc/>
    public static long Debt(in WindowPlan plan, in WindowState state, long now)
    {
        WindowState seen = state;
        Turn(plan, ref seen, now);
        return seen.Now;
    }

    // All keys turn together, at whole windows of the monotonic clock, which begins when the machine does: at no full minute of the day, and on
    // each gateway at another moment. RateLimit's t tells when.
    private static long Phase(in WindowPlan plan, long now) => ((now % plan.Window) + plan.Window) % plan.Window;

    private static void Turn(in WindowPlan plan, ref WindowState state, long now)
    {
        // A clock that steps back stays in the window that it was in.
        long start = now - Phase(plan, now);
        if (start > state.Start)
        {
            state = new(start, 0, 0);
        }
    }
}
