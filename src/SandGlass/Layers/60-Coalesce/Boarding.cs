using SandGlass.Algorithms;
using SandGlass.Algorithms.Keys;
using SandGlass.Policy;
using SandGlass.Request;

namespace SandGlass.Layers.Coalesce;

/// <summary>How requests come to a fetch: as its leader, as one of those who wait for it, alone, or in the background.</summary>
/// <param name="first">One half of the 128 bit key.</param>
internal sealed class Boarding(SipKey first)
{
    // Of a key whose renewals fail.
    private const int RenewalsPerSecond = 5;

    /// <summary>It leads a fetch, or waits for the one that is under way.</summary>
    public Verdict Board(Passage passage, CoalescePlan plan, in Outlook outlook, long now)
    {
        var flight = plan.Cache.Board(New(passage, plan, outlook, now, solo: false), plan.LeaderAge, out var leads);
        if (!leads)
        {
            return Course.Follow(passage, flight);
        }

        if (outlook.Why != CacheStatus.Request && plan.Gives == Mode.Enforce && plan.Cache.TryGet(outlook.Key, out var landed) && landed is { Shareable: true, AsksAlways: false }
            && now - landed.StoredAt < landed.LifetimeBy(plan) && landed.Variants is null && landed.IsKeptBy(plan))
        {
            // Between our look, or the leader that failed, and our boarding another flight has landed.
            flight.Land(landed);
            passage.Leads = false;
            return Course.Give(passage, plan, landed, RequestOutcome.Hit);
        }

        return Course.Lead(passage, plan, flight, outlook.Why);
    }

    /// <summary>It asks whether what is kept is good still; nobody else boards.</summary>
    public Verdict Ask(Passage passage, CoalescePlan plan, in Outlook outlook, long now) =>
        Course.Lead(passage, plan, New(passage, plan, outlook, now, solo: true), outlook.Why);

    /// <summary>So that nobody waits when it expires: what is hot is asked for at that very moment.</summary>
    public void RenewAhead(Passage passage, CoalescePlan plan, in Outlook outlook, long now)
    {
        var known = outlook.Known!;
        if (known.StoredAt + outlook.Lifetime - now < known.RenewedBefore(outlook.Lifetime, (ulong)outlook.Key, plan.TicksPerSecond))
        {
            Renew(passage, plan, outlook, now);
        }
    }

    /// <summary>A fetch in the background. The client gets what is there; the fetch is nobody's, so it does not hang on the client's patience.</summary>
    public void Renew(Passage passage, CoalescePlan plan, in Outlook outlook, long now)
    {
        if (!plan.ActsOn(passage) || plan.Cache.IsUnderWay(outlook.Key) || outlook.Known?.TryRenew(now, plan.TicksPerSecond / RenewalsPerSecond) == false)
        {
            return;
        }

        var flight = plan.Cache.Board(New(passage, plan, outlook, now, solo: false), plan.LeaderAge, out var leads);
        if (leads)
        {
            plan.Counts.Refresh.Add();
            passage.Refresh = flight;
            passage.RefreshFrom = passage.Entered + 1;
        }
    }

    private Flight New(Passage passage, CoalescePlan plan, in Outlook outlook, long now, bool solo) => new(plan, outlook.Key, now)
    {
        UriKey = outlook.UriKey,
        Seed = first,
        Names = outlook.Names,
        Known = outlook.Known is { Shareable: true } known && (known.HasValidator || HttpMethods.IsHead(passage.Http.Request.Method)) ? known : null,
        IsAuthorized = outlook.IsAuthorized,
        IsSolo = solo,
        Mark = plan.Cache.MarkOf(passage.Http.Request.Host.Value, passage.Path),
    };
}
