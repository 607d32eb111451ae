using SandGlass.Alarms;
using SandGlass.Fleet;
using SandGlass.Hosting;
using SandGlass.Layers.Switch;
using SandGlass.Policy;

namespace SandGlass.Plans;

/// <summary>
/// Where plans are started and taken back: one at a time, each change on the disk before it is answered and in the audit. A plan throws its
/// switches when their time comes, and takes back in reverse order what it has thrown itself and nobody has changed since. A step that
/// fails stops it, and it says so. Its time runs as the switches' does (<see cref="SwitchBoard"/>); but what a plan does is done for the whole fleet, so while
/// a gateway that was started again cannot ask that, only the time that has passed before its eyes counts, and a plan is rather late there than early.
/// <para>
/// In a fleet all know where a plan stands, and one gateway conducts it: that on which it was started, or the first of those left when that one is gone.
/// The steps reach the others as switches do. A gateway that is cut off conducts what it knows of for itself, so that a plan ends there in time too; who has
/// thrown a step twice has thrown the same. Starting a plan and taking it back go before all that it does by itself.
/// </para>
/// </summary>
public sealed class PlanBoard : IShelf
{
    // What stands below it has no lock of its own: everything there is done under this one.
    private readonly Lock _changing = new();
    private readonly Func<Snapshot> _policy;
    private readonly AlarmBoard _alarms;
    private readonly FleetShare _share;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly PlanBook _book;
    private readonly PlanAudit _audit;
    private readonly PlanConductor _conductor;
    private readonly PlanNews _news;
    private readonly PlanProposals _proposals;
    private readonly PlanMending _mending;

    /// <summary>Takes up the plans as they were left; a rehearsal that was cut off is forgotten.</summary>
    public PlanBoard(
        GatewayState state, Func<Snapshot> policy, SwitchBoard switches, AlarmBoard alarms, StateFolder folder, Audit audit, TimeProvider time, ILogger log)
    {
        (_policy, _alarms, _share, _time, _log) = (policy, alarms, state.Fleet.Share, time, log);
        var (steps, rehearsals) = (new PlanSteps(state, policy, switches), new PlanRehearsals(state, policy));
        _audit = new(audit);
        _book = new(folder, _share, time);
        _conductor = new(_book, steps, rehearsals, _audit, _share, time, log);
        _news = new(_book, steps, rehearsals, _audit, _share, time);
        _proposals = new(policy, alarms, _book, _share, time);
        _mending = new(policy, switches, _book, _share, time);
        _share.Add(this);
    }

    /// <inheritdoc/>
    public string Kind => "plan";

    /// <summary>Plans that run.</summary>
    public IReadOnlyList<string> Running
    {
        get
        {
            lock (_changing)
            {
                return [.. _book.Runs.Keys];
            }
        }
    }

    /// <summary>The plan's run; null: it does not run.</summary>
    public PlanRun? Run(string plan)
    {
        lock (_changing)
        {
            return _book.Runs.GetValueOrDefault(plan);
        }
    }

    /// <summary>How the plan stands among what the fleet agrees on; null: nothing is known of it.</summary>
    public string? Order(string plan)
    {
        lock (_changing)
        {
            return _book.Marks.GetValueOrDefault(plan)?.Order;
        }
    }

    /// <summary>What is remembered of a plan.</summary>
    public PlanMemory Memory(string plan)
    {
        lock (_changing)
        {
            return _book.Memory(plan);
        }
    }

    /// <summary>Why a plan is proposed now; null: it is not.</summary>
    public PlanMoment? Proposal(string plan)
    {
        lock (_changing)
        {
            return _proposals.Of(plan);
        }
    }

    /// <summary>What must hold before a plan may start.</summary>
    public IReadOnlyList<PlanNeed> Needs(PlanPolicy plan) => PlanNeed.Of(plan, _policy(), _alarms.Now, _time.GetTimestamp());

    /// <summary>Starts a plan of the policy; steps that are due are done when this returns.</summary>
    /// <returns>Null, or why it was not started.</returns>
    /// <exception cref="IOException">The state folder cannot be written; then nothing was started.</exception>
    public string? Start(string plan, string by, string from, string reason, bool rehearses = false)
    {
        lock (_changing)
        {
            if (!_policy().Policy.Plans.TryGetValue(plan, out var written))
            {
                return $"the policy has no plan {plan}";
            }

            if (_book.Runs.TryGetValue(plan, out var running))
            {
                return $"it is {Word(running.Position)} already, started by {running.By}; revert it first";
            }

            if (!rehearses && Needs(written).Where(static n => !n.IsMet).Select(static n => n.What).ToArray() is { Length: > 0 } unmet)
            {
                return $"it must not start: it is not so that {string.Join(", and that ", unmet)}";
            }

            var run = new PlanRun(
                plan,
                rehearses ? PlanPosition.Rehearsing : PlanPosition.Running,
                _time.GetUtcNow(),
                by,
                reason,
                [.. written.Steps.Select(static s => new PlanRunStep(s.Switch, s.After.Value)).OrderBy(static s => s.After)],
                written.For?.Value,
                TimeSpan.Zero,
                null,
                _share.Name,
                _share.Id);
            var moment = rehearses ? null : _proposals.Moment(written);
            _book.Save(run, moment is null ? null : _book.Memory(plan) with { Seen = moment.Key }, isAct: true);
            _book.Times.Set(plan, TimeSpan.Zero);
            _audit.Started(run, from);
            _conductor.Advance(run, from);
            return null;
        }
    }

    /// <summary>Takes a plan back.</summary>
    /// <param name="plan">Which.</param>
    /// <param name="how">"reverted" or "aborted".</param>
    /// <param name="by">Who.</param>
    /// <param name="from">From which address.</param>
    /// <param name="reason">Why.</param>
    /// <returns>Null, or why there is nothing to take back, or what could not be.</returns>
    /// <exception cref="IOException">The state folder cannot be written.</exception>
    public string? TakeBack(string plan, string how, string by, string from, string reason)
    {
        lock (_changing)
        {
            return !_book.Runs.TryGetValue(plan, out var run) ? "it does not run" : _conductor.End(run, how, by, from, reason);
        }
    }

    /// <summary>Does what is due: steps, ends, and plans that start by themselves. Called once a second.</summary>
    /// <exception cref="IOException">The state folder cannot be written; the next call tries again.</exception>
    public void Beat()
    {
        lock (_changing)
        {
            _book.FollowTheWall();
            _book.Settle();
            _conductor.Beat();
            _book.NotePassed();
            if (_share.IsMember)
            {
                _mending.Beat();
            }

            foreach (var (name, plan) in _policy().Policy.Plans)
            {
                if (_proposals.Due(name, plan) is { } moment && Start(name, "sandglass", "local", $"by itself: {moment.Why}") is { } why && _proposals.Refuse(name, moment))
                {
                    _log.LogWarning("Plan {Plan} would start by itself, since {Moment}, but {Why}", name, moment.Why, why);
                }
            }
        }
    }

    /// <inheritdoc/>
    public bool Acts(string name) => true;

    /// <inheritdoc/>
    public IReadOnlyList<SharedEntry> Tell()
    {
        lock (_changing)
        {
            return _news.Tell();
        }
    }

    /// <inheritdoc/>
    public void Hear(DateTimeOffset clock, IReadOnlyList<SharedEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        lock (_changing)
        {
            _book.FollowTheWall();
            _news.Hear(clock, entries);
        }
    }

    private static string Word(PlanPosition position) => position.ToString().ToLowerInvariant();
}
