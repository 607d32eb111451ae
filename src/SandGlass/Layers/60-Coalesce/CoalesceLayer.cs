using System.Globalization;
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

    // Of a key whose renewals fail.
    private const int RenewalsPerSecond = 5;
    private const string OnlyIfCached = "only-if-cached";
    private static readonly TimeSpan LeastStep = TimeSpan.FromMilliseconds(5), MostStep = TimeSpan.FromMilliseconds(100);

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

        var outlook = Climb(plan, Look(passage, plan, now, peeks: false));
        Remember(passage, plan, outlook, now);
        switch (outlook.What)
        {
            case Prospect.Hit:
                if (plan.RefreshesAhead && passage.IsHot)
                {
                    RenewAhead(passage, plan, outlook, now);
                }

                return Give(passage, plan, outlook.Known!, RequestOutcome.Hit);

            case Prospect.Stale:
                return Give(passage, plan, outlook.Known!, RequestOutcome.Stale);

            case Prospect.StaleAndRenew:
                Renew(passage, plan, outlook, now);
                return Give(passage, plan, outlook.Known!, RequestOutcome.Stale);

            case Prospect.Refuse:
                passage.CacheStatus = plan.ActsOn(passage) ? CacheStatus.OnlyIfCached : null;
                return Verdict.Refuse(OnlyIfCached, 0, 0);

            case Prospect.Ask:
                return Lead(passage, plan, Flight(passage, plan, outlook, now, solo: true), outlook.Why);

            case Prospect.Board:
                return Board(passage, plan, outlook, now);

            default:
                passage.Teaches = outlook is { What: Prospect.Alone, IsAuthorized: true } && outlook.Why == CacheStatus.Bypass ? plan : null;
                return Alone(passage, plan, outlook.Why, outlook.What == Prospect.Alone && outlook.Why != CacheStatus.Bypass ? plan.Counts.Miss : plan.Counts.Bypass);
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

        var outlook = Look(passage, plan, now, peeks: true);
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

        if (outlook.Known is not { } known)
        {
            return new(verdict, outlook.What switch
            {
                Prospect.Bypass => "not for sharing: only a GET or HEAD without body and (unless ignored) cookies is",
                Prospect.Refuse => "nothing is kept, and the client asks for what is kept only",
                Prospect.Alone => "nothing is kept that it may have; it goes alone, and its answer is not kept",
                _ when underWay => "nothing is kept, but a fetch is under way: waits for its answer" + Left(passage, plan, outlook),
                _ => "nothing is kept and nobody fetches: this request does, for all who ask meanwhile" + Left(passage, plan, outlook),
            });
        }

        var age = now - known.StoredAt;
        return new(
            verdict,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{(known.Shareable ? "an answer" : "a note that answers are not shared")}, {Seconds(age):0.###} s old, fresh for {Seconds(outlook.Lifetime):0.###} s"),
            ("ageSeconds", Seconds(age)),
            ("freshSeconds", Seconds(outlook.Lifetime)));

        double Seconds(long ticks) => (double)ticks / plan.TicksPerSecond;
    }

    private static string Left(Passage passage, CoalescePlan plan, in Outlook outlook) => LeftOut.Of(passage, plan, outlook.Names) is { } names
        ? $"; that fetch sends only what is in the key and leaves out {names}: if the backend needs one of them, name it in coalesce.send, or in coalesce.key where it changes the answer"
        : string.Empty;

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
                landed = await flight.Landing.WaitAsync(Left(until), time, passage.Http.RequestAborted).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                return Alone(passage, plan, CacheStatus.Waited, plan.Counts.Bypass);
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
                return Give(passage, plan, landed, RequestOutcome.Collapsed);
            }

            if (landed is { Shareable: false } || attempt == Attempts)
            {
                return await ReleaseAsync(passage, plan, flight, until, landed is null ? CacheStatus.Released : CacheStatus.Unshareable).ConfigureAwait(false);
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
            var outlook = Look(passage, plan, now, peeks: true);
            if (outlook is { What: Prospect.Alone, IsAuthorized: true })
            {
                Renew(passage, plan, outlook, now);
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

        Give(passage, (CoalescePlan)rule, known, RequestOutcome.Stale);
        return true;
    }

    // The rungs of a hot key's ladder that are not enforced: what they would have given is counted, and fetched instead.
    private static Outlook Climb(CoalescePlan plan, in Outlook outlook)
    {
        var given = outlook.What is Prospect.Hit or Prospect.Stale or Prospect.StaleAndRenew;
        if (given && plan.Gives != Mode.Enforce)
        {
            plan.GivesShadowed?.Add();
            return outlook with { What = Prospect.Board, Why = CacheStatus.Miss };
        }

        if (outlook.What == Prospect.StaleAndRenew && plan.GivesStale != Mode.Enforce)
        {
            plan.StaleShadowed?.Add();
            return outlook with { What = Prospect.Board, Why = CacheStatus.Expired };
        }

        return outlook;
    }

    // Pure but for the mark that a look leaves in the cache, and the client's budget.
    private Outlook Look(Passage passage, CoalescePlan plan, long now, bool peeks)
    {
        var use = Sharing.UseOf(passage.Http.Request, plan);
        if (use == Use.None)
        {
            var method = passage.Http.Request.Method;
            return new(Prospect.Bypass, HttpMethods.IsGet(method) || HttpMethods.IsHead(method) ? CacheStatus.Bypass : CacheStatus.Method);
        }

        var wishes = plan.HonoursClients ? Wishes.Of(passage.Headers) : Wishes.None;
        if (wishes.IsDemanding && !peeks && !plan.ClientBudget.TryTake(now, plan.TicksPerSecond))
        {
            // Clients may not have the backend asked for each of their requests: RFC 9111 §5.2.1 leaves it to us.
            wishes = Wishes.None;
        }

        var uri = KeyOf(passage, plan);
        var (key, names, varies) = (uri, plan.Learned.Names, false);
        var found = TryLook(uri, out var known);
        if (found && known!.Variants is { } variants)
        {
            (names, varies) = (variants.Names, true);
        }

        if ((varies || !found) && names.Count > 0)
        {
            key = VaryKey.Of(first, uri, names, passage.Headers);
            found = TryLook(key, out known);
        }
        else if (found)
        {
            names = [];
        }

        found = found && known!.Variants is null && (!known.Shareable || known.IsKeptBy(plan));
        if (!found)
        {
            return With(wishes.OnlyIfCached ? Prospect.Refuse : wishes.NoStore || use != Use.Whole ? Prospect.Alone : Prospect.Board,
                wishes.NoStore ? CacheStatus.Request : use == Use.Authorized ? CacheStatus.Bypass : varies ? CacheStatus.VaryMiss : CacheStatus.Miss);
        }

        var age = now - known!.StoredAt;
        var lifetime = LifetimeOf(passage, plan, known!);
        if (!known.Shareable)
        {
            return age < lifetime ? With(Prospect.Unshareable, CacheStatus.Unshareable)
                : With(wishes.OnlyIfCached ? Prospect.Refuse : use == Use.Whole && !wishes.NoStore ? Prospect.Board : Prospect.Alone,
                    use == Use.Authorized ? CacheStatus.Bypass : CacheStatus.Miss);
        }

        if (passage.Headers.Authorization.Count > 0 && !known.ForAuthorized)
        {
            return With(Prospect.Alone, CacheStatus.Bypass);
        }

        var fresh = age < lifetime && !known.AsksAlways;
        if (fresh && wishes.Bears(known, lifetime - age, now, plan.TicksPerSecond))
        {
            return With(Prospect.Hit, string.Empty);
        }

        if (!fresh && wishes.MaxStale > 0 && !wishes.IsDemanding && !known.NeverStale && (age - lifetime) / plan.TicksPerSecond <= wishes.MaxStale)
        {
            return With(Prospect.Stale, string.Empty);
        }

        if (wishes.OnlyIfCached)
        {
            return With(Prospect.Refuse, string.Empty);
        }

        if (wishes.NoStore || use == Use.OnlyKept)
        {
            // What a HEAD is told of a stale answer is news of that answer (§4.3.5).
            var head = !wishes.NoStore && HttpMethods.IsHead(passage.Http.Request.Method) && passage.Headers.Range.Count == 0 && passage.Headers.Authorization.Count == 0;
            return With(head ? Prospect.Ask : Prospect.Alone, wishes.IsDemanding ? CacheStatus.Request : CacheStatus.Expired);
        }

        return !fresh && !wishes.IsDemanding && now < known.GoodToGive(plan, plan.IsWell(passage, now)) - known.LifetimeBy(plan) + lifetime ? With(Prospect.StaleAndRenew, string.Empty)
            : known.AsksAlways ? With(Prospect.Ask, CacheStatus.Expired)
            : With(Prospect.Board, fresh ? CacheStatus.Request : CacheStatus.Expired);

        Outlook With(Prospect what, string why) =>
            new(what, why) { IsAuthorized = use == Use.Authorized, UriKey = uri, Key = key, Names = names, Known = found ? known : null, Lifetime = found ? LifetimeOf(passage, plan, known!) : 0 };

        bool TryLook(UInt128 at, out StoredAnswer? answer) => peeks ? plan.Cache.TryPeek(at, out answer) : plan.Cache.TryGet(at, out answer);
    }

    // A switch's word goes before all.
    private static long LifetimeOf(Passage passage, CoalescePlan plan, StoredAnswer known) =>
        passage.TtlOverride > 0 && known is { Shareable: true, AsksAlways: false } ? passage.TtlOverride : known.Shareable ? known.LifetimeBy(plan) : known.Lifetime;

    // What may stand in if the backend fails.
    private static void Remember(Passage passage, CoalescePlan plan, in Outlook outlook, long now)
    {
        var good = outlook is { What: Prospect.Board or Prospect.Ask, Known: { Shareable: true } known } && plan.ActsOn(passage) ? known : null;
        passage.LastGood = good;
        passage.FreshFor = outlook.Lifetime;
        passage.StaleUntil = good is null ? 0 : Math.Max(good.GoodInTrouble(plan), good.NeverStale ? 0 : good.StoredAt + outlook.Lifetime);
    }

    private Flight Flight(Passage passage, CoalescePlan plan, in Outlook outlook, long now, bool solo) => new(plan, outlook.Key, now)
    {
        UriKey = outlook.UriKey,
        Seed = first,
        Names = outlook.Names,
        Known = outlook.Known is { Shareable: true } known && (known.HasValidator || HttpMethods.IsHead(passage.Http.Request.Method)) ? known : null,
        IsAuthorized = outlook.IsAuthorized,
        IsSolo = solo,
        Mark = plan.Cache.MarkOf(passage.Http.Request.Host.Value, passage.Path),
    };

    private Verdict Board(Passage passage, CoalescePlan plan, in Outlook outlook, long now)
    {
        var flight = plan.Cache.Board(Flight(passage, plan, outlook, now, solo: false), plan.LeaderAge, out var leads);
        if (!leads)
        {
            flight.Follow();
            passage.Flight = flight;
            passage.Leads = false;
            return Verdict.Wait;
        }

        if (outlook.Why != CacheStatus.Request && plan.Gives == Mode.Enforce && plan.Cache.TryGet(outlook.Key, out var landed) && landed is { Shareable: true, AsksAlways: false }
            && now - landed.StoredAt < landed.LifetimeBy(plan) && landed.Variants is null && landed.IsKeptBy(plan))
        {
            // Between our look, or the leader that failed, and our boarding another flight has landed.
            flight.Land(landed);
            passage.Leads = false;
            return Give(passage, plan, landed, RequestOutcome.Hit);
        }

        return Lead(passage, plan, flight, outlook.Why);
    }

    private static Verdict Lead(Passage passage, CoalescePlan plan, Flight flight, string why)
    {
        plan.Counts.Miss.Add();
        passage.Flight = flight;
        passage.Leads = true;
        passage.CacheStatus = plan.ActsOn(passage) ? why : null;
        return Verdict.Admit;
    }

    // So that nobody waits when it expires: what is hot is asked for at that very moment.
    private void RenewAhead(Passage passage, CoalescePlan plan, in Outlook outlook, long now)
    {
        var known = outlook.Known!;
        if (known.StoredAt + outlook.Lifetime - now < known.RenewedBefore(outlook.Lifetime, (ulong)outlook.Key, plan.TicksPerSecond))
        {
            Renew(passage, plan, outlook, now);
        }
    }

    // The client gets what is there; the fetch is nobody's, so it does not hang on the client's patience.
    private void Renew(Passage passage, CoalescePlan plan, in Outlook outlook, long now)
    {
        if (!plan.ActsOn(passage) || plan.Cache.IsUnderWay(outlook.Key) || outlook.Known?.TryRenew(now, plan.TicksPerSecond / RenewalsPerSecond) == false)
        {
            return;
        }

        var flight = plan.Cache.Board(Flight(passage, plan, outlook, now, solo: false), plan.LeaderAge, out var leads);
        if (leads)
        {
            plan.Counts.Refresh.Add();
            passage.Refresh = flight;
            passage.RefreshFrom = passage.Entered + 1;
        }
    }

    // Whether what another has fetched is this request's variant.
    private static bool IsFor(StoredAnswer landed, Flight flight, Passage passage) =>
        (landed.ForAuthorized || passage.Headers.Authorization.Count == 0)
        && (landed.Names is not { } names || landed.Key == VaryKey.Of(flight.Seed, flight.UriKey, names, passage.Headers));

    private async ValueTask<Verdict> ReleaseAsync(Passage passage, CoalescePlan plan, Flight flight, long until, string why)
    {
        var took = time.GetElapsedTime(Math.Min(flight.StartedAt, until), time.GetTimestamp());
        var wait = flight.NextRelease(took < LeastStep ? LeastStep : took > MostStep ? MostStep : took, Left(until));
        if (wait > TimeSpan.Zero)
        {
            try
            {
                await Task.Delay(wait, time, passage.Http.RequestAborted).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return Verdict.Refuse("client-left", 0, 0);
            }
        }

        return Alone(passage, plan, why, plan.Counts.Bypass);
    }

    private TimeSpan Left(long until)
    {
        var now = time.GetTimestamp();
        return until > now ? time.GetElapsedTime(now, until) : TimeSpan.Zero;
    }

    private static Verdict Alone(Passage passage, CoalescePlan plan, string status, Algorithms.Counting.StripedCounter counter)
    {
        counter.Add();
        passage.Flight = null;
        passage.Leads = false;
        passage.CacheStatus = plan.ActsOn(passage) ? status : null;
        return Verdict.Admit;
    }

    private static Verdict Give(Passage passage, CoalescePlan plan, StoredAnswer answer, RequestOutcome how)
    {
        if (!passage.IsRehearsal)
        {
            if (passage.IsHot)
            {
                plan.Day?.Saved(passage.HotKey);
            }

            (how switch { RequestOutcome.Hit => plan.Counts.Hit, RequestOutcome.Stale => plan.Counts.Stale, _ => plan.Counts.Collapsed }).Add();
        }

        passage.Answer = answer;
        passage.FreshFor = LifetimeOf(passage, plan, answer);
        passage.AnswerOutcome = how;
        return Verdict.Answer;
    }

    private UInt128 KeyOf(Passage passage, CoalescePlan plan)
    {
        var hasher = new KeyHasher(first);
        hasher.Add(plan.Terms);
        hasher.Add(passage.Http.Request.Scheme);
        hasher.Add(passage.Http.Request.Host.Value);
        plan.Key.AddTo(ref hasher, passage);
        return hasher.Finish128();
    }
}
