using SandGlass.Algorithms;
using SandGlass.Algorithms.Keys;
using SandGlass.Policy;
using SandGlass.Request;

namespace SandGlass.Layers.Coalesce;

/// <summary>
/// One fetch per key under way, and its answer kept as long as it says (RFC 9111): what keeps one hot product from being a thousand backend
/// calls. A hit costs one hash and one look-up. Stands behind the quotas (a client's quota counts its questions, whoever answers them) and
/// before the limits of the backends, which only fetches use.
/// </summary>
/// <param name="first">One half of the 128 bit key.</param>
/// <param name="time">The clock of waiting.</param>
public sealed class CoalesceLayer(SipKey first, TimeProvider time) : Layer<CoalescePlan>
{
    private const int Attempts = 3;
    private const string OnlyIfCached = "only-if-cached";

    private readonly Lookout _lookout = new(first);
    private readonly Boarding _boarding = new(first);
    private readonly PacedRelease _release = new(time);

    /// <inheritdoc/>
    public override Place Place => Place.Coalesce;

    /// <inheritdoc/>
    protected override Verdict Decide(Passage passage, CoalescePlan plan, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(plan);
        if (!plan.Covers(passage))
        {
            passage.CacheStatus ??= !plan.ActsOn(passage) ? null : passage.IsHot ? CacheStatus.Bypass : CacheStatus.Cold;
            return Verdict.Admit;
        }

        var outlook = Ladder.Climb(plan, _lookout.Look(passage, plan, now, peeks: false));
        Remember(passage, plan, outlook, now);
        switch (outlook.What)
        {
            case Prospect.Hit:
                if (plan.RefreshesAhead && passage.IsHot)
                {
                    _boarding.RenewAhead(passage, plan, outlook, now);
                }

                return Course.Give(passage, plan, outlook.Known!, RequestOutcome.Hit);

            case Prospect.Stale:
                return Course.Give(passage, plan, outlook.Known!, RequestOutcome.Stale);

            case Prospect.StaleAndRenew:
                _boarding.Renew(passage, plan, outlook, now);
                return Course.Give(passage, plan, outlook.Known!, RequestOutcome.Stale);

            case Prospect.Refuse:
                passage.CacheStatus = plan.ActsOn(passage) ? CacheStatus.OnlyIfCached : null;
                return Verdict.Refuse(OnlyIfCached, 0, 0);

            case Prospect.Ask:
                return _boarding.Ask(passage, plan, outlook, now);

            case Prospect.Board:
                return _boarding.Board(passage, plan, outlook, now);

            default:
                passage.Teaches = outlook is { What: Prospect.Alone, IsAuthorized: true } && outlook.Why == CacheStatus.Bypass ? plan : null;
                return Course.Alone(passage, plan, outlook.Why, outlook.What == Prospect.Alone && outlook.Why != CacheStatus.Bypass ? plan.Counts.Miss : plan.Counts.Bypass);
        }
    }

    /// <inheritdoc/>
    protected override RuleExplanation Explain(Passage passage, CoalescePlan plan, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(plan);
        if (!plan.Covers(passage))
        {
            return new(Verdict.Admit, passage.IsHot ? "not for hot keys" : "for hot keys only, and this one is not hot");
        }

        var outlook = _lookout.Look(passage, plan, now, peeks: true);
        Remember(passage, plan, outlook, now);
        var underWay = outlook.What == Prospect.Board && plan.Cache.IsUnderWay(outlook.Key);
        var verdict = outlook.What switch
        {
            Prospect.Hit or Prospect.Stale or Prospect.StaleAndRenew => Verdict.Answer,
            Prospect.Refuse => Verdict.Refuse(OnlyIfCached, 0, 0),
            _ when underWay => Verdict.Wait,
            _ => Verdict.Admit,
        };
        if (verdict.Kind == VerdictKind.Answer)
        {
            passage.Answer = outlook.Known;
            passage.AnswerOutcome = outlook.What == Prospect.Hit ? RequestOutcome.Hit : RequestOutcome.Stale;
        }

        return OutlookWords.Of(verdict, passage, plan, outlook, underWay, now);
    }

    /// <inheritdoc/>
    protected override async ValueTask<Verdict> WaitAsync(Passage passage, CoalescePlan plan)
    {
        var until = time.GetTimestamp() + (long)(plan.MaxWait.TotalSeconds * plan.TicksPerSecond);
        for (var attempt = 1; ; attempt++)
        {
            var flight = passage.Flight!;
            StoredAnswer? landed;
            try
            {
                landed = await flight.Landing.WaitAsync(_release.Left(until), time, passage.Http.RequestAborted).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                return Course.Alone(passage, plan, CacheStatus.Waited, plan.Counts.Bypass);
            }
            catch (OperationCanceledException)
            {
                return Verdict.Refuse("client-left", 0, 0);
            }
            finally
            {
                flight.Unfollow();
            }

            // It may have been asked for under the policy before this one.
            if (landed is { Shareable: true } && IsFor(landed, flight, passage) && landed.IsKeptBy(plan))
            {
                return Course.Give(passage, plan, landed, RequestOutcome.Collapsed);
            }

            if (landed is { Shareable: false } || attempt == Attempts)
            {
                return await _release.ReleaseAsync(passage, plan, flight, until, landed is null ? CacheStatus.Released : CacheStatus.Unshareable).ConfigureAwait(false);
            }

            // The leader came back with nothing, or with what is another variant: one of us leads the next try, the others wait for that one.
            var verdict = Decide(passage, plan, time.GetTimestamp());
            if (verdict.Kind != VerdictKind.Wait)
            {
                return verdict;
            }
        }
    }

    /// <inheritdoc/>
    protected override void Forgo(Passage passage, CoalescePlan plan)
    {
        ArgumentNullException.ThrowIfNull(passage);
        passage.Flight?.Unfollow();
        passage.Flight = null;
    }

    /// <inheritdoc/>
    protected override Rejection Reject(Passage passage, CoalescePlan plan, in Verdict verdict)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return verdict.Reason == OnlyIfCached
            ? new(Place.Coalesce, plan.Name, StatusCodes.Status504GatewayTimeout, OnlyIfCached, Replaceable: false)
            : new(Place.Coalesce, verdict.Reason, StatusCodes.Status503ServiceUnavailable, verdict.Reason, RetryAfter: 1);
    }

    /// <inheritdoc/>
    protected override void Release(Passage passage, CoalescePlan plan, in Ending ending, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(plan);
        if (!plan.Covers(passage))
        {
            return;
        }

        if (passage.Leads)
        {
            // Does nothing where the answer has landed already.
            passage.Flight!.Land(null);
        }

        if (passage.Teaches is not null && passage.IsForAll && ending.Outcome == RequestOutcome.Served)
        {
            // What was sent with all that one client writes must not be given to others: it is asked for once more, with what all have in common.
            var outlook = _lookout.Look(passage, plan, now, peeks: true);
            if (outlook is { What: Prospect.Alone, IsAuthorized: true })
            {
                _boarding.Renew(passage, plan, outlook, now);
            }
        }
    }

    /// <inheritdoc/>
    public override bool Rescue(Passage passage, Rule rule, in Rejection rejection, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        if (!((CoalescePlan)rule).Covers(passage) || passage.LastGood is not { } known || !rejection.Replaceable || now > passage.StaleUntil)
        {
            return false;
        }

        Course.Give(passage, (CoalescePlan)rule, known, RequestOutcome.Stale);
        return true;
    }

    // What may stand in if the backend fails.
    private static void Remember(Passage passage, CoalescePlan plan, in Outlook outlook, long now)
    {
        var good = outlook is { What: Prospect.Board or Prospect.Ask, Known: { Shareable: true } known } && plan.ActsOn(passage) ? known : null;
        passage.LastGood = good;
        passage.FreshFor = outlook.Lifetime;
        passage.StaleUntil = good is null ? 0 : Math.Max(good.GoodInTrouble(plan), good.NeverStale ? 0 : good.StoredAt + outlook.Lifetime);
    }

    // Whether what another has fetched is this request's variant.
    private static bool IsFor(StoredAnswer landed, Flight flight, Passage passage) =>
        (landed.ForAuthorized || passage.Headers.Authorization.Count == 0)
        && (landed.Names is not { } names || landed.Key == VaryKey.Of(flight.Seed, flight.UriKey, names, passage.Headers));
}
