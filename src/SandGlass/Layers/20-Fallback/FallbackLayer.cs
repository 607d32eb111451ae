using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using SandGlass.Algorithms;
using SandGlass.Algorithms.Counting;
using SandGlass.Policy;
using SandGlass.Request;

namespace SandGlass.Layers.Fallback;

/// <summary>The fallback of one route; null where only switches send there.</summary>
public sealed class FallbackRule(Layer layer, string name, Mode mode, StripedCounter shadowed, FallbackPlan? plan)
    : Rule(layer, name, mode, shadowed)
{
    /// <summary>The route's own degraded answer.</summary>
    public FallbackPlan? Plan { get; } = plan;
}

/// <summary>
/// Gives a degraded answer in place of what Switch, Shed, Break and the backend itself do not give: the first of a chain that has something
/// to give. Decides nothing on the way in but whether a request is one of the few that try it while all is well. Stands around all that
/// follows it, and behind Trust, whose refusals are nobody's emergency.
/// </summary>
/// <param name="time">The clock of what is proven.</param>
public sealed class FallbackLayer(TimeProvider time) : Layer<FallbackRule>
{
    /// <summary>The rule that <c>Proxy-Status</c> names where a client is given a fallback although all is well.</summary>
    public const string ExerciseRule = "exercise";

    /// <inheritdoc/>
    public override Place Place => Place.Fallback;

    /// <inheritdoc/>
    protected override Verdict Decide(Passage passage, FallbackRule plan, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(plan);
        if (plan.Plan is not { ExerciseShare: > 0 } tried || passage.Criticality >= Criticality.Critical || passage.Roll() >= tried.ExerciseShare
            || !plan.ActsOn(passage) || (tried.Kind == FallbackKind.Backend && !IsSafe(passage)) || !TryTake(passage, tried, now))
        {
            return Verdict.Admit;
        }

        if (tried.Kind != FallbackKind.Backend)
        {
            tried.State.Proved(FallbackProof.Exercise, time);
        }

        passage.Rejection = new(Place.Fallback, ExerciseRule, StatusCodes.Status503ServiceUnavailable, ExerciseRule);
        return Verdict.Answer;
    }

    /// <inheritdoc/>
    protected override RuleExplanation Explain(Passage passage, FallbackRule plan, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(plan);
        if (plan.Plan is not { } first)
        {
            return new(Verdict.Admit, "stands ready for what switches send here");
        }

        var chosen = first.Chain.First(one => one.Else is null || Has(passage, one, now, out _));
        var numbers = new List<(string, double)> { ("status", chosen.Status) };
        var text = string.Join("; else ", first.Chain.TakeWhile(one => one != chosen).Append(chosen).Select(one => Tell(passage, one, now, numbers)));
        return new(Verdict.Admit, $"stands ready: {text}", [.. numbers]);
    }

    /// <inheritdoc/>
    protected override Rejection Reject(Passage passage, FallbackRule plan, in Verdict verdict) =>
        new(Place.Fallback, "defect", StatusCodes.Status503ServiceUnavailable, verdict.Reason);

    /// <inheritdoc/>
    public override bool Rescue(Passage passage, Rule rule, in Rejection rejection, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        if (!rejection.Replaceable)
        {
            return false;
        }

        for (var plan = rejection.DivertTo ?? ((FallbackRule)rule).Plan; plan is not null; plan = plan.Else)
        {
            if (TryTake(passage, plan, now))
            {
                // A backend that is asked has yet to answer.
                if (plan.Kind != FallbackKind.Backend && !passage.IsRehearsal && rule.ActsOn(passage))
                {
                    plan.State.Proved(FallbackProof.Use, time);
                }

                return true;
            }
        }

        return false;
    }

    // Puts what a fallback has to give into the passage; false where it has nothing.
    private static bool TryTake(Passage passage, FallbackPlan plan, long now)
    {
        if (!Has(passage, plan, now, out var good))
        {
            return false;
        }

        passage.Answer = null;
        passage.Good = good;
        passage.Degraded = plan;
        if (plan.Kind == FallbackKind.LastGood && good is null)
        {
            (passage.Answer, passage.FreshFor) = (passage.LastGood, passage.LastGood!.Lifetime);
            passage.AnswerOutcome = RequestOutcome.Fallback;
        }

        return true;
    }

    private static bool Has(Passage passage, FallbackPlan plan, long now, out GoodAnswer? good)
    {
        good = plan.Kind == FallbackKind.LastGood ? passage.Route.LastGood?.Find(passage, plan.LastGood, now) : null;
        return plan.Kind switch
        {
            FallbackKind.Fixed => true,
            FallbackKind.Backend => plan.Backend!.InCharge(passage, now) is var other && other.IsUsable(now) && other != passage.Backend && MaySend(passage),
            // What the cache knows counts too, where it is not older; it has looked whose request this is.
            _ => good is not null || (passage.LastGood is { } known && known.Age(now) <= plan.LastGood),
        };
    }

    // What has been sent may have been done: it is sent once more only where that is safe. And its body is gone.
    private static bool MaySend(Passage passage) => passage.ForwardedAt == 0 || IsSafe(passage);

    // Whether it may be sent twice (RFC 9110 §9.2.1).
    private static bool IsSafe(Passage passage)
    {
        var request = passage.Http.Request;
        return (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method))
            && request.ContentLength is null or 0 && request.Headers.TransferEncoding.Count == 0
            && passage.Http.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true };
    }

    private static string Tell(Passage passage, FallbackPlan plan, long now, List<(string, double)> numbers)
    {
        var has = Has(passage, plan, now, out var good);
        switch (plan.Kind)
        {
            case FallbackKind.Fixed:
                return string.Create(CultureInfo.InvariantCulture, $"{plan.Name}, status {plan.Status}");

            case FallbackKind.Backend:
                return $"{plan.Name} asks backend {plan.Backend!.Name}{(has ? string.Empty : ", which cannot be asked now")}";

            default:
                if (!has)
                {
                    return $"{plan.Name}: {(passage.Route.LastGood?.PersonalBy(passage) is { } why ? $"{why} may tell this client from others, so no last good answer is kept or given" : "no good answer of this key is known")}";
                }

                var store = passage.Route.LastGood;
                var age = (double)(good?.Age(now) ?? passage.LastGood!.Age(now)) / (store?.TicksPerSecond ?? 1);
                numbers.Add(("ageSeconds", age));
                return string.Create(CultureInfo.InvariantCulture, $"{plan.Name}, the last good answer of this key, {age:0.#} s old");
        }
    }
}
