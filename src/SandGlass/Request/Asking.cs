using SandGlass.Algorithms;

namespace SandGlass.Request;

/// <summary>
/// Asks the rules on the way in. THE place where modes and defects mean something; the way back is <see cref="RuleWalk"/>. Nothing of it is
/// awaited, and nothing allocated.
/// </summary>
internal static class Asking
{
    /// <summary>Asks the route's rules from the one on at which the passage stands, until one has something to say; that rule, or null where all let it pass.</summary>
    public static (Verdict Verdict, Rule? Rule) Rest(Passage passage, long now)
    {
        var rules = passage.Route.RuleArray;
        for (; passage.Entered < rules.Length; passage.Entered++)
        {
            var rule = rules[passage.Entered];
            var verdict = One(passage, rule, now);
            if (!verdict.Admitted)
            {
                return (verdict, rule);
            }
        }

        return (Verdict.Admit, null);
    }

    /// <summary>Asks one rule; what it would only do, were it not in shadow, is counted and lets pass.</summary>
    public static Verdict One(Passage passage, Rule rule, long now)
    {
        Verdict verdict;
        try
        {
            verdict = rule.Layer.Decide(passage, rule, now);
        }
        catch (Exception defect)
        {
            return OfDefect(passage, rule, defect);
        }

        if (verdict.Admitted || rule.ActsOn(passage))
        {
            return verdict;
        }

        rule.Shadowed.Add();
        if (verdict.Kind == VerdictKind.Wait)
        {
            rule.Layer.Forgo(passage, rule);
        }

        passage.Answer = null;
        passage.Degraded = null;
        passage.Good = null;
        return Verdict.Admit;
    }

    /// <summary>What a rule says that cannot say anything, as its layer declares.</summary>
    public static Verdict OfDefect(Passage passage, Rule rule, Exception defect)
    {
        passage.Snapshot.Defects.Report(rule, defect);
        return rule.Layer.FailsOpen ? Verdict.Admit : Verdict.Refuse("defect", 0, 0);
    }
}
