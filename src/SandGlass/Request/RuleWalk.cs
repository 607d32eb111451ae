namespace SandGlass.Request;

/// <summary>The way back over the rules that let a request pass: for what they hold, and for another answer.</summary>
internal static class RuleWalk
{
    /// <summary>Gives back what the rules took; does nothing the second time. A rule's defect does not keep the others from theirs.</summary>
    public static void Back(Passage passage, in Ending ending, long now)
    {
        if (passage.Released)
        {
            return;
        }

        passage.Released = true;
        var rules = passage.Route.RuleArray;
        var entered = passage.Entered;
        while (passage.Entered > 0)
        {
            var rule = rules[--passage.Entered];
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
