using SandGlass.Algorithms;
using SandGlass.Algorithms.Counting;
using SandGlass.Request;

namespace SandGlass.Layers.Coalesce;

/// <summary>The courses that a request can take from here: counted, and set down in the passage for those who come after.</summary>
internal static class Course
{
    /// <summary>It gets this answer.</summary>
    public static Verdict Give(Passage passage, CoalescePlan plan, StoredAnswer answer, RequestOutcome how)
    {
        if (!passage.IsRehearsal)
        {
            if (passage.IsHot)
            {
                plan.Day?.Saved(passage.HotKey);
            }

            (how switch { RequestOutcome.Hit => plan.Counts.Hit, RequestOutcome.Stale => plan.Counts.Stale, _ => plan.Counts.Collapsed }).Add();
        }

        passage.Answer = answer;
        passage.FreshFor = Lookout.LifetimeOf(passage, plan, answer);
        passage.AnswerOutcome = how;
        return Verdict.Answer;
    }

    /// <summary>It fetches, for all who ask meanwhile.</summary>
    public static Verdict Lead(Passage passage, CoalescePlan plan, Flight flight, string why)
    {
        plan.Counts.Miss.Add();
        passage.Flight = flight;
        passage.Leads = true;
        passage.CacheStatus = plan.ActsOn(passage) ? why : null;
        return Verdict.Admit;
    }

    /// <summary>It waits for another's fetch.</summary>
    public static Verdict Follow(Passage passage, Flight flight)
    {
        flight.Follow();
        passage.Flight = flight;
        passage.Leads = false;
        return Verdict.Wait;
    }

    /// <summary>It goes alone, and shares nothing.</summary>
    public static Verdict Alone(Passage passage, CoalescePlan plan, string status, StripedCounter counter)
    {
        counter.Add();
        passage.Flight = null;
        passage.Leads = false;
        passage.CacheStatus = plan.ActsOn(passage) ? status : null;
        return Verdict.Admit;
    }
}
