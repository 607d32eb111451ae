using SandGlass.Algorithms.Keys;
using SandGlass.Request;

namespace SandGlass.Layers.Coalesce;

/// <summary>
/// Looks what the cache can do for a request (RFC 9111 §4). Pure but for the mark that a look leaves in the cache, and the client's budget; makes nothing.
/// </summary>
/// <param name="first">One half of the 128 bit key.</param>
internal sealed class Lookout(SipKey first)
{
    /// <summary>How long an answer is fresh for a request, ticks. A switch's word goes before all.</summary>
    public static long LifetimeOf(Passage passage, CoalescePlan plan, StoredAnswer known) =>
        passage.TtlOverride > 0 && known is { Shareable: true, AsksAlways: false } ? passage.TtlOverride : known.Shareable ? known.LifetimeBy(plan) : known.Lifetime;

    /// <summary>What it finds.</summary>
    /// <param name="passage">The request.</param>
    /// <param name="plan">The route's rule.</param>
    /// <param name="now">Monotonic ticks.</param>
    /// <param name="peeks">Whether it leaves no trace.</param>
    public Outlook Look(Passage passage, CoalescePlan plan, long now, bool peeks)
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
