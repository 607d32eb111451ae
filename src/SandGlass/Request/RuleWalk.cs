namespace SandGlass.Request;

/// <summary>What the rules hold for a request on its way.</summary>
public enum Holding
{
    /// <summary>All that they took.</summary>
    All,

    /// <summary>Only what is held to the end: the backend is done with it.</summary>
    ToTheEnd,

    /// <summary>Nothing.</summary>
    Nothing,
}

/// <summary>The way back over the rules that let a request pass: for what they hold, and for another answer.</summary>
internal static class RuleWalk
{
    /// <summary>
    /// The backend is done with it, though it goes on: gives back all but what is held to the end; does nothing the second time.
    /// A stream holds its connection for as long as the client likes: no permit of the backend's, but the client's own place.
    /// </summary>
    public static void Part(Passage passage, in Ending ending, long now)
    {
        if (passage.Holding == Holding.All)
        {
            passage.Holding = Holding.ToTheEnd;
            GiveBack(passage, ending, now, static rule => !rule.HoldsToTheEnd);
        }
    }

    /// <summary>Gives back what the rules took and still hold; does nothing the second time. A rule's defect does not keep the others from theirs.</summary>
    public static void Back(Passage passage, in Ending ending, long now)
    {
        var holding = passage.Holding;
        passage.Holding = Holding.Nothing;
        if (holding != Holding.Nothing)
        {
            GiveBack(passage, ending, now, holding == Holding.All ? static _ => true : static rule => rule.HoldsToTheEnd);
        }
    }

    private static void GiveBack(Passage passage, in Ending ending, long now, Func<Rule, bool> which)
    {
        var rules = passage.Route.RuleArray;
        var entered = passage.Entered;
        while (passage.Entered > 0)
        {
            var rule = rules[--passage.Entered];
            if (!which(rule))
            {
                continue;
            }

            try
            {
                rule.Layer.Release(passage, rule, ending, now);
            }
            catch (Exception defect)
            {
                passage.Snapshot.Defects.Report(rule, defect);
            }
        }

        // Rescues still ask the rules that were passed.
        passage.Entered = entered;
    }

    /// <summary>
    /// Looks for the nearest rule around the one that refused, or around the backend that failed, that has another answer; it is then in
    /// the passage.
    /// </summary>
    public static bool TryRescue(Passage passage, in Rejection rejection, long now)
    {
        var rules = passage.Route.RuleArray;
        for (var i = passage.Entered - 1; i >= 0; i--)
        {
            var rule = rules[i];
            try
            {
                if (!rule.Layer.Rescue(passage, rule, rejection, now))
                {
                    continue;
                }

                if (rule.ActsOn(passage))
                {
                    return true;
                }

                if (!passage.IsRehearsal)
                {
                    rule.Shadowed.Add();
                }

                passage.Answer = null;
                passage.Degraded = null;
                passage.Good = null;
            }
            catch (Exception defect)
            {
                passage.Snapshot.Defects.Report(rule, defect);
            }
        }

        return false;
    }
}
