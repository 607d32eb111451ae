using System.Globalization;
using SandGlass.Algorithms;
using SandGlass.Layers.Shed;
using SandGlass.Policy;

namespace SandGlass.Request;

/// <summary>The walk of <see cref="Gateway"/> without consequences: each rule is asked what it would say, and the first that acts ends it.</summary>
/// <param name="passage">A rehearsal.</param>
/// <param name="now">Monotonic ticks.</param>
internal sealed class Rehearsal(Passage passage, long now)
{
    private readonly List<ExplainedStep> _steps = [];

    /// <summary>What was asked so far.</summary>
    public IReadOnlyList<ExplainedStep> Steps => _steps;

    /// <summary>How the request ends; null while it goes on.</summary>
    public ExplainedEnd? End { get; set; }

    /// <summary>Asks all rules of the route, and names the layers that have none there.</summary>
    public void AskAll(RoutePlan route)
    {
        var rules = route.RuleArray;
        // The gateway's own guard stands before its layer's place; it is told of when it has something to say.
        var first = rules.Length > 0 && rules[0].Layer is GuardLayer ? 1 : 0;
        if (first == 1 && !rules[0].Layer.Explain(passage, rules[0], now).Verdict.Admitted)
        {
            passage.Entered = 0;
            Ask(rules[0]);
        }

        foreach (var place in Places.All.Where(static p => p is not (Place.None or Place.Trust or Place.WaitingRoom or Place.Forward)))
        {
            if (!rules.Skip(first).Any(r => r.Layer.Place == place))
            {
                _steps.Add(new(place.Word(), string.Empty, "none", 0, false, End is null, "none", false, "nothing on this route", new Dictionary<string, double>()));
            }

            for (var i = first; i < rules.Length; i++)
            {
                if (rules[i].Layer.Place == place)
                {
                    passage.Entered = i;
                    Ask(rules[i]);
                }
            }
        }
    }

    /// <summary>Asks one rule.</summary>
    public RuleExplanation Ask(Rule rule)
    {
        var said = rule.Layer.Explain(passage, rule, now);
        var acts = rule.ActsOn(passage);
        _steps.Add(new(
            rule.Layer.Place.Word(),
            rule.Name,
            PolicyShape.Word(rule.Mode),
            rule.Mode == Mode.Enforce ? rule.EnforceShare * 100 : 0,
            acts,
            End is null,
            PolicyShape.Word(said.Verdict.Kind),
            !acts && !said.Verdict.Admitted,
            said.Text,
            said.Numbers.ToDictionary(static n => n.Name, static n => Math.Round(n.Value, 6), StringComparer.Ordinal)));
        if (End is null && acts)
        {
            End = said.Verdict.Kind switch
            {
                VerdictKind.Refuse => Refused(rule, said.Verdict),
                VerdictKind.Answer => new(passage.AnswerOutcome.Word(), rule.Layer.Place.Word(), passage.Answer!.Status, "answered from the micro-cache"),
                VerdictKind.Wait when rule.Layer.Place == Place.Coalesce => new("collapsed", rule.Layer.Place.Word(), 0, "waits for the fetch that is under way, and gets its answer"),
                _ => null,
            };
        }

        return said;
    }

    private ExplainedEnd Refused(Rule rule, in Verdict verdict)
    {
        var rejection = rule.Layer.Reject(passage, rule, verdict);
        var layer = rejection.Layer.Word();
        var by = $"{layer}/{rejection.Rule}: {rejection.Reason}";
        if (rule.Layer.Place != Place.Trust && RuleWalk.TryRescue(passage, rejection, now))
        {
            return passage.Good is { } good
                ? new("fallback", layer, good.Status, $"{passage.Degraded!.Name}, the last good answer, stands in for {by}")
                : passage.Degraded is { Backend: { } other }
                ? new("fallback", layer, 0, $"{passage.Degraded.Name} asks backend {other.Name} because of {by}")
                : passage.Answer is { } kept
                ? new(passage.AnswerOutcome.Word(), layer, kept.Status, $"the last good answer stands in for {by}")
                : new("fallback", layer, passage.Degraded!.Status, $"{passage.Degraded.Name} stands in for {by}");
        }

        var later = rejection.RetryAfter > 0 ? string.Create(CultureInfo.InvariantCulture, $"; come back in {rejection.RetryAfter} s") : string.Empty;
        return new("refused", layer, rejection.Status, $"refused by {by}{later}");
    }
}
