using System.Globalization;
using SandGlass.Algorithms;
using SandGlass.Algorithms.Keys;
using SandGlass.Request;

namespace SandGlass.Layers.Coalesce;

/// <summary>
/// One fetch per key under way, and its answer kept for a moment: what keeps one hot product from being a thousand backend calls. A hit
/// costs one hash and one look-up. Stands behind the quotas (a client's quota counts its questions, whoever answers them) and before the
/// limits of the backends, which only fetches use.
/// </summary>
/// <param name="first">One half of the 128 bit key.</param>
/// <param name="time">The clock of waiting.</param>
public sealed class CoalesceLayer(SipKey first, TimeProvider time) : Layer<CoalescePlan>
{
    private const int Attempts = 3;

    /// <inheritdoc/>
    public override Place Place => Place.Coalesce;

    /// <inheritdoc/>
    protected override Verdict Decide(Passage passage, CoalescePlan plan, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(plan);
        if (!Sharing.Allows(passage.Http.Request, plan))
        {
            return Bypass(passage, plan, CacheStatus.Bypass);
        }

        var key = KeyOf(passage, plan);
        if (plan.Cache.TryGet(key, out var known))
        {
            var age = now - known.StoredAt;
            var lifetime = passage.TtlOverride > 0 && known.Shareable ? passage.TtlOverride : known.Lifetime;
            if (age < lifetime)
            {
                return known.Shareable ? Give(passage, plan, known, RequestOutcome.Hit) : Bypass(passage, plan, CacheStatus.Unshareable);
            }

            passage.LastGood = known.Shareable && plan.ActsOn(passage) ? known : null;
            if (known.Shareable && age < lifetime + plan.StaleWhileRevalidate && plan.Cache.IsUnderWay(key))
            {
                return Give(passage, plan, known, RequestOutcome.Stale);
            }
        }

        return Board(passage, plan, key, now);
    }

    /// <inheritdoc/>
    protected override RuleExplanation Explain(Passage passage, CoalescePlan plan, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(plan);
        if (!Sharing.Allows(passage.Http.Request, plan))
        {
            return new(Verdict.Admit, "not for sharing: only a GET without body, range, authorization and (unless ignored) cookies is");
        }

        var key = KeyOf(passage, plan);
        var underWay = plan.Cache.IsUnderWay(key);
        if (!plan.Cache.TryPeek(key, out var known))
        {
            return underWay
                ? new(Verdict.Wait, "nothing is kept, but a fetch is under way: waits for its answer")
                : new(Verdict.Admit, "nothing is kept and nobody fetches: this request does, for all who ask meanwhile");
        }

        var age = now - known.StoredAt;
        var lifetime = passage.TtlOverride > 0 && known.Shareable ? passage.TtlOverride : known.Lifetime;
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"{(known.Shareable ? "an answer" : "a note that answers are not shared")}, {Seconds(age):0.###} s old, fresh for {Seconds(lifetime):0.###} s");
        passage.LastGood = known.Shareable && age >= lifetime && plan.ActsOn(passage) ? known : null;
        var verdict = age < lifetime ? (known.Shareable ? Verdict.Answer : Verdict.Admit)
            : !underWay ? Verdict.Admit
            : known.Shareable && age < lifetime + plan.StaleWhileRevalidate ? Verdict.Answer
            : Verdict.Wait;
        if (verdict.Kind == VerdictKind.Answer)
        {
            passage.Answer = known;
            passage.AnswerOutcome = age < lifetime ? RequestOutcome.Hit : RequestOutcome.Stale;
        }

        return new(verdict, text, ("ageSeconds", Seconds(age)), ("freshSeconds", Seconds(lifetime)));

        double Seconds(long ticks) => (double)ticks / plan.TicksPerSecond;
    }

    /// <inheritdoc/>
    protected override async ValueTask<Verdict> WaitAsync(Passage passage, CoalescePlan plan)
    {
        for (var attempt = 1; ; attempt++)
        {
            var flight = passage.Flight!;
            try
            {
                var landed = await flight.Landing.WaitAsync(plan.MaxWait, time, passage.Http.RequestAborted).ConfigureAwait(false);
                if (landed is { Shareable: true })
                {
                    return Give(passage, plan, landed, RequestOutcome.Collapsed);
                }

                if (landed is not null || attempt == Attempts)
                {
                    return Bypass(passage, plan, CacheStatus.Unshareable);
                }
            }
            catch (TimeoutException)
            {
                return Bypass(passage, plan, CacheStatus.Waited);
            }
            catch (OperationCanceledException)
            {
                return Verdict.Refuse("client-left", 0, 0);
            }

            // The leader came back with nothing: one of us leads the next try, the others wait for that one.
            var verdict = Board(passage, plan, flight.Key, time.GetTimestamp());
            if (verdict.Kind != VerdictKind.Wait)
            {
                return verdict;
            }
        }
    }

    /// <inheritdoc/>
    protected override void Forgo(Passage passage, CoalescePlan plan) => passage.Flight = null;

    /// <inheritdoc/>
    protected override Rejection Reject(Passage passage, CoalescePlan plan, in Verdict verdict) =>
        new(Place.Coalesce, verdict.Reason, StatusCodes.Status503ServiceUnavailable, verdict.Reason, RetryAfter: 1);

    /// <inheritdoc/>
    protected override void Release(Passage passage, CoalescePlan plan, in Ending ending, long now)
    {
        if (passage.Leads)
        {
            // Does nothing where the answer has landed already.
            passage.Flight!.Land(null);
        }
    }

    /// <inheritdoc/>
    public override bool Rescue(Passage passage, Rule rule, in Rejection rejection, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        var plan = (CoalescePlan)rule;
        if (passage.LastGood is not { } known || !rejection.Replaceable || now - known.StoredAt > known.Lifetime + plan.StaleIfError)
        {
            return false;
        }

        Give(passage, plan, known, RequestOutcome.Stale);
        return true;
    }

    private static Verdict Board(Passage passage, CoalescePlan plan, UInt128 key, long now)
    {
        passage.Flight = plan.Cache.Board(plan, key, out var leads);
        passage.Leads = leads;
        if (!leads)
        {
            return Verdict.Wait;
        }

        if (plan.Cache.TryGet(key, out var landed) && landed.Shareable && now - landed.StoredAt < landed.Lifetime)
        {
            // Between our look, or the leader that failed, and our boarding another flight has landed.
            passage.Flight.Land(landed);
            passage.Leads = false;
            return Give(passage, plan, landed, RequestOutcome.Hit);
        }

        plan.Counts.Miss.Add();
        passage.CacheStatus = !plan.ActsOn(passage) ? null : passage.LastGood is null ? CacheStatus.Miss : CacheStatus.Expired;
        return Verdict.Admit;
    }

    private static Verdict Bypass(Passage passage, CoalescePlan plan, string status)
    {
        plan.Counts.Bypass.Add();
        passage.Flight = null;
        passage.Leads = false;
        passage.CacheStatus = plan.ActsOn(passage) ? status : null;
        return Verdict.Admit;
    }

    private static Verdict Give(Passage passage, CoalescePlan plan, StoredAnswer answer, RequestOutcome how)
    {
        if (!passage.IsRehearsal)
        {
            (how switch { RequestOutcome.Hit => plan.Counts.Hit, RequestOutcome.Stale => plan.Counts.Stale, _ => plan.Counts.Collapsed }).Add();
        }

        passage.Answer = answer;
        passage.AnswerOutcome = how;
        return Verdict.Answer;
    }

    private UInt128 KeyOf(Passage passage, CoalescePlan plan)
    {
        var hasher = new KeyHasher(first);
        hasher.Add(passage.Route.Name);
        hasher.Add(passage.Http.Request.Scheme);
        hasher.Add(passage.Http.Request.Host.Value);
        plan.Key.AddTo(ref hasher, passage);
        return hasher.Finish128();
    }
}
