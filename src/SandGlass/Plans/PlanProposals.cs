using SandGlass.Alarms;
using SandGlass.Fleet;
using SandGlass.Policy;

namespace SandGlass.Plans;

/// <summary>
/// When plans are proposed: each moment once, for the whole fleet. Of those that start by themselves it says which gateway does it. Not thread-safe:
/// its owner has a lock.
/// </summary>
/// <param name="policy">The policy in force.</param>
/// <param name="alarms">The alarms as they are.</param>
/// <param name="book">What runs, and what was started before.</param>
/// <param name="share">The others.</param>
/// <param name="time">Both clocks.</param>
internal sealed class PlanProposals(Func<Snapshot> policy, AlarmBoard alarms, PlanBook book, FleetShare share, TimeProvider time)
{
    // So long the others wait with a plan that starts by itself for the first of them to have done it.
    private static readonly TimeSpan OthersFirst = TimeSpan.FromSeconds(5);

    // By plan: the moment that is now and since when it is; and the last that needs nothing any more, since the plan was run for it elsewhere.
    private readonly Dictionary<string, (string Moment, long At)> _moments = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _met = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _refused = new(StringComparer.Ordinal);

    /// <summary>The plan's moment that is now; null: none.</summary>
    public PlanMoment? Moment(PlanPolicy plan) => PlanMoment.Of(plan.When, policy().Policy.Event, alarms.Now, time.GetUtcNow());

    /// <summary>Why a plan is proposed now; null: it is not.</summary>
    public PlanMoment? Of(string plan) =>
        policy().Policy.Plans.TryGetValue(plan, out var written) && Moment(written) is { } moment
        && moment.Key != book.Memory(plan).Seen && _met.GetValueOrDefault(plan) != moment.Key && !book.Runs.ContainsKey(plan) ? moment : null;

    /// <summary>Why a plan starts by itself now, and from this gateway; null: it does not.</summary>
    public PlanMoment? Due(string plan, PlanPolicy written)
    {
        Meet(plan, written);
        return written.Auto && Of(plan) is { } moment && IsOurs(plan, moment) ? moment : null;
    }

    /// <summary>It was refused at that moment; whether that is news.</summary>
    public bool Refuse(string plan, PlanMoment moment)
    {
        var isNews = _refused.GetValueOrDefault(plan) != moment.Key;
        _refused[plan] = moment.Key;
        return isNews;
    }

    // An alarm fires on each gateway at a moment of its own; the plan that runs for one of them runs for all.
    private void Meet(string plan, PlanPolicy written)
    {
        if (written.When is null || Moment(written) is not { } moment)
        {
            _moments.Remove(plan);
            return;
        }

        if (!_moments.TryGetValue(plan, out var known) || known.Moment != moment.Key)
        {
            _moments[plan] = (moment.Key, time.GetTimestamp());
        }

        if (book.Runs.TryGetValue(plan, out var run) && run.Gateway is { } gateway && gateway != share.Name)
        {
            _met[plan] = moment.Key;
        }
    }

    // The first of the fleet starts it; the others only where that one does not, since it may not have met the moment.
    private bool IsOurs(string plan, PlanMoment moment)
    {
        var now = time.GetTimestamp();
        return !share.IsMember || share.Leads(0, now)
            || (share.IsHeard && _moments.TryGetValue(plan, out var met) && met.Moment == moment.Key && time.GetElapsedTime(met.At, now) >= OthersFirst);
    }
}
