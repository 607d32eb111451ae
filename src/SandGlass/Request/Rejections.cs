using SandGlass.Algorithms;

namespace SandGlass.Request;

/// <summary>Puts into words for the client why no backend answers: what a rule has said, or how forwarding ended.</summary>
internal static class Rejections
{
    /// <summary>Of a rule that has refused; null: no route matches.</summary>
    public static Rejection Of(Passage passage, Rule? rule, in Verdict verdict)
    {
        if (rule is null)
        {
            return new(Place.None, "no-route", StatusCodes.Status404NotFound, "no-route", Replaceable: false);
        }

        if (verdict.Reason == "defect")
        {
            return OfDefect(rule);
        }

        try
        {
            return rule.Layer.Reject(passage, rule, verdict);
        }
        catch (Exception defect)
        {
            passage.Snapshot.Defects.Report(rule, defect);
            return OfDefect(rule);
        }
    }

    /// <summary>Of a forwarding that brought no answer to give.</summary>
    public static Rejection Of(Passage passage, in ForwardResult result)
    {
        if (result.End == ForwardEnd.ClientFault)
        {
            return new(Place.Trust, "body", result.Status, "body", Replaceable: false);
        }

        var reason = result.End switch
        {
            ForwardEnd.TimedOut => "timeout",
            ForwardEnd.Expired => "deadline",
            ForwardEnd.Withheld => "upstream-error",
            _ => "unreachable",
        };
        return new(Place.Forward, passage.Backend!.Name, result.Status, reason, result.Status == StatusCodes.Status503ServiceUnavailable ? 1 : 0);
    }

    private static Rejection OfDefect(Rule rule) =>
        new(rule.Layer.Place, rule.Name, StatusCodes.Status503ServiceUnavailable, "defect", 1, Replaceable: false);
}
