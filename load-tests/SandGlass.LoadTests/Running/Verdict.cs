using SandGlass.LoadTests.Measuring;

namespace SandGlass.LoadTests.Running;

/// <summary>Whether a run is a measurement at all. What is not tells nothing about the server, good or bad.</summary>
internal static class Verdict
{
    /// <summary>As long as work may wait for a thread of ours.</summary>
    public static readonly TimeSpan DelayLimit = TimeSpan.FromMilliseconds(20);

    private const double DroppedLimit = 0.001;

    /// <summary>Why a run is not valid; nothing where it is.</summary>
    /// <param name="late">How late requests were sent.</param>
    /// <param name="starts">Journeys begun.</param>
    /// <param name="dropped">Journeys not begun for want of room.</param>
    /// <param name="delayP99">Of work in our thread pool.</param>
    public static IReadOnlyList<string> Reasons(LogLinearHistogram late, long starts, long dropped, TimeSpan delayP99)
    {
        List<string> reasons = [];
        if (late.Quantile(0.99) > Recorder.LateLimit)
        {
            reasons.Add($"the generator fell behind: 1 % of the requests were sent {late.Quantile(0.99).TotalMilliseconds:0} ms late or more; take a lower rate or a quieter machine");
        }

        if (dropped > DroppedLimit * (starts + dropped))
        {
            reasons.Add($"{dropped} of {starts + dropped} starts were dropped because too many requests were under way; raise --max-in-flight");
        }

        if (delayP99 > DelayLimit)
        {
            reasons.Add($"the generator was short of CPU: its own work waited {delayP99.TotalMilliseconds:0} ms for a thread (p99); take a lower rate or a quieter machine");
        }

        if (starts + dropped == 0)
        {
            reasons.Add("nothing was sent");
        }

        return reasons;
    }
}
