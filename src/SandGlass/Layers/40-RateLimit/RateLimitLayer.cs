using System.Globalization;
using SandGlass.Algorithms;
using SandGlass.Algorithms.Keys;
using SandGlass.Algorithms.Rates;
using SandGlass.Request;

namespace SandGlass.Layers.RateLimit;

/// <summary>
/// Quotas: a token bucket, or another way of counting, for each rule and key. Protects everybody from anybody, and costs one keyed hash and one locked slot a rule.
/// Stands before the cache, since a quota is about the client and not about what the answer costs us.
/// Several limits on one route: each is asked in turn; if one refuses, what the earlier ones took is given back, and the later ones are
/// looked at too, so that the client is told the tightest.
/// </summary>
/// <param name="key">Keys the hash, so that nobody can choose whose bucket to share.</param>
/// <param name="time">The clock of waiting for one's turn.</param>
public sealed class RateLimitLayer(SipKey key, TimeProvider time) : Layer<RateLimitPlan>
{
    /// <inheritdoc/>
    public override Place Place => Place.RateLimit;

    /// <summary>The decision: a plain function of plan, state, key and time.</summary>
    public static RateAnswer Ask(RateLimitPlan plan, ulong client, double scale, long now)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var answer = plan.Meter.Take(client, scale, now, plan.Cost);
        (answer.Admitted ? plan.State.Admitted : plan.State.Refused).Add();
        return answer;
    }

    /// <inheritdoc/>
    protected override Verdict Decide(Passage passage, RateLimitPlan plan, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(plan);
        if (!TryKey(passage, plan, out var client))
        {
            return Verdict.Admit;
        }

        var answer = Ask(plan, client, passage.RateScale, now);
        var acts = plan.ActsOn(passage);
        if (acts)
        {
            Tell(passage, plan, answer);
        }

        if (answer.Admitted)
        {
            passage.Charged |= 1UL << plan.Ordinal;
            passage.TurnAt = now + answer.WaitTicks;
            return answer.WaitTicks > 0 ? Verdict.Wait : Verdict.Admit;
        }

        if (acts)
        {
            passage.IsOverQuota = true;
            LookAhead(passage, now);
        }

        return Verdict.Refuse("quota-exceeded", answer.Remaining, answer.RetryAfterTicks);
    }

    /// <inheritdoc/>
    protected override async ValueTask<Verdict> WaitAsync(Passage passage, RateLimitPlan plan)
    {
        var left = passage.TurnAt - time.GetTimestamp();
        if (left > 0)
        {
            try
            {
                // Whole milliseconds up, as timers are: never before the turn.
                var wait = Math.Ceiling(left * 1000.0 / plan.TicksPerSecond);
                await Task.Delay(TimeSpan.FromMilliseconds(wait), time, passage.Http.RequestAborted).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return Verdict.Refuse("client-left", 0, 0);
            }
        }

        return Verdict.Admit;
    }

    /// <inheritdoc/>
    protected override RuleExplanation Explain(Passage passage, RateLimitPlan plan, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(plan);
        if (!TryKey(passage, plan, out var client))
        {
            return new(Verdict.Admit, "a part of its key is missing, so the request is not counted", ("burst", plan.Burst));
        }

        var answer = plan.Meter.Peek(client, passage.RateScale, now, plan.Cost);
        var wait = (double)answer.RetryAfterTicks / plan.TicksPerSecond;
        // What was left before this request, which is what the client has.
        var left = answer.Remaining + (answer.Admitted ? plan.Cost : 0);
        var text = string.Create(CultureInfo.InvariantCulture, $"{left} of {plan.Burst} left, {plan.Rate}, by {plan.Key}, costs {plan.Cost}");
        (string, double)[] numbers = [("left", left), ("burst", plan.Burst), ("cost", plan.Cost), ("retryAfterSeconds", wait)];
        if (plan.Meter.Read(client) is { } fleet)
        {
            text = string.Create(CultureInfo.InvariantCulture, $"{text}, shared by {fleet.Members}, {fleet.Lease:0.#} leased here, Redis {(fleet.IsUp ? "up" : "down")}");
            numbers = [.. numbers, ("lease", fleet.Lease), ("members", fleet.Members), ("redisUp", fleet.IsUp ? 1 : 0)];
        }

        return new(
            answer.WaitTicks > 0 ? Verdict.Wait : answer.Admitted ? Verdict.Admit : Verdict.Refuse("quota-exceeded", answer.Remaining, answer.RetryAfterTicks),
            answer.Admitted ? text : string.Create(CultureInfo.InvariantCulture, $"{text}: come back in {wait:0.###} s"),
            numbers);
    }

    /// <inheritdoc/>
    protected override Rejection Reject(Passage passage, RateLimitPlan plan, in Verdict verdict)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(plan);
        // Not before the tightest limit admits again: the t of RateLimit.
        var seconds = Seconds.UpTo(int.MaxValue / 2, Math.Max(verdict.RetryAfter, passage.Quota.RetryAfterTicks), plan.TicksPerSecond);
        return new(
            Place.RateLimit, plan.Name, StatusCodes.Status429TooManyRequests, verdict.Reason, seconds, Replaceable: false);
    }

    /// <inheritdoc/>
    protected override void Release(Passage passage, RateLimitPlan plan, in Ending ending, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(plan);
        // Not by the outcome: a client that is refused and has left meanwhile is counted as aborted, and is charged no more than one that waits for its 429.
        if ((plan.Meter.IsHeld || passage.IsOverQuota)
            && (passage.Charged & (1UL << plan.Ordinal)) != 0
            && TryKey(passage, plan, out var client))
        {
            plan.Meter.Refund(client, passage.RateScale, now, plan.Cost);
        }
    }

    private static void Tell(Passage passage, RateLimitPlan plan, in RateAnswer answer)
    {
        var quota = new Quota(plan, answer.Remaining, answer.ResetTicks, answer.RetryAfterTicks);
        if (quota.IsTighterThan(passage.Quota))
        {
            passage.Quota = quota;
        }
    }

    // Only on the way to a refusal: what the later limits would have said.
    private void LookAhead(Passage passage, long now)
    {
        var rules = passage.Route.RuleArray;
        for (var i = passage.Entered + 1; i < rules.Length && rules[i] is RateLimitPlan later; i++)
        {
            if (later.ActsOn(passage) && TryKey(passage, later, out var client))
            {
                Tell(passage, later, later.Meter.Peek(client, passage.RateScale, now, later.Cost));
            }
        }
    }

    private bool TryKey(Passage passage, RateLimitPlan plan, out ulong client)
    {
        var hasher = new KeyHasher(plan.HashKey ?? key);
        var complete = plan.Key.AddTo(ref hasher, passage);
        client = hasher.Finish();
        return complete || !plan.SkipsAbsent;
    }
}
