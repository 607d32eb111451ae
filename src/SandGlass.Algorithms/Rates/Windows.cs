namespace SandGlass.Algorithms.Rates;

/// <summary>How the two counters of a sliding window move on.</summary>
internal static class Windows
{
    /// <summary>Brings a state to the window in which <paramref name="now"/> lies; each key's windows follow on its own first request.</summary>
    public static void Turn(in WindowPlan plan, ref WindowState state, long now)
    {
        long passed = now - state.Start;
        if (passed < plan.Window)
        {
            // A clock that steps back reads as the window's beginning: all of the count before it weighs.
            state.Start = Math.Min(state.Start, now);
            return;
        }

        long turns = passed / plan.Window;
        state = new(state.Start + (turns * plan.Window), turns == 1 ? state.Now : 0, 0);
    }

    /// <summary>Takes back from this window, then from the one before.</summary>
    public static void Refund(in WindowPlan plan, ref WindowState state, long now, long cost)
    {
        Turn(plan, ref state, now);
        long here = Math.Clamp(cost, 0, state.Now);
        state.Now -= (uint)here;
        state.Before -= (uint)Math.Clamp(cost - here, 0, state.Before);
    }
}
