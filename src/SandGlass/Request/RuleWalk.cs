namespace SandGlass.Request;

/// <summary>The way back over the rules that let a request pass.</summary>
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
}
