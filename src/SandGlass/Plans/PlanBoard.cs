using System.Globalization;
using System.Text.Json;
using SandGlass.Alarms;
using SandGlass.Algorithms.Sharing;
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
    // So long the others wait with a plan that starts by itself for the first of them to have done it.
    private static readonly TimeSpan OthersFirst = TimeSpan.FromSeconds(5);

    // A rehearsal throws one step a second, and stays for this long after the last, so that there is something to count.
    private static readonly TimeSpan RehearsalStep = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RehearsalStay = TimeSpan.FromSeconds(5);

    // So long a switch may not fit its plan until that is mended: most such is news that is still under way.
    private static readonly TimeSpan Oddity = TimeSpan.FromSeconds(5);

    // How much of a run's time a restart may not know of, where it has no other clock than the wall's. A write a minute, while a plan runs.
    private static readonly TimeSpan Note = TimeSpan.FromMinutes(1);

    private readonly Lock _changing = new();
    private readonly GatewayState _state;
    private readonly Func<Snapshot> _policy;
    private readonly SwitchBoard _switches;
    private readonly AlarmBoard _alarms;
    private readonly PlanFile _file;
    private readonly Audit _audit;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly WallSteps _steps;

    // Under the lock. For rehearsals what their switches had counted before.
    private Dictionary<string, PlanRun> _runs;
    private readonly HashSet<string> _restored = new(StringComparer.Ordinal);
    private Dictionary<string, PlanMemory> _memories;
    private Dictionary<string, Register<PlanStand>> _marks;
    private readonly PlanTimes _times;
    private readonly Dictionary<string, Dictionary<string, long>> _counted = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _refused = new(StringComparer.Ordinal);
    // By plan: the moment that is now and since when it is; and the last that needs nothing any more, since the plan was run for it elsewhere.
    private readonly Dictionary<string, (string Moment, long At)> _moments = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _met = new(StringComparer.Ordinal);
    // By switch: what does not fit the plans, and since when that is seen.
    private readonly Dictionary<string, (Stamp Stamp, long At)> _odd = new(StringComparer.Ordinal);

    /// <summary>Takes up the plans as they were left; a rehearsal that was cut off is forgotten.</summary>
    public PlanBoard(
        GatewayState state, Func<Snapshot> policy, SwitchBoard switches, AlarmBoard alarms, StateFolder folder, Audit audit, TimeProvider time, ILogger log)
    {
        (_state, _policy, _switches, _alarms, _audit, _time, _log) = (state, policy, switches, alarms, audit, time, log);
        _file = new(folder);
        _steps = new(time);
        _times = new(time);
        (_runs, _memories, _marks) = _file.Read();
        var now = time.GetUtcNow();
        foreach (var run in _runs.Values.ToArray())
        {
            if (run.Position == PlanPosition.Rehearsing)
            {
                _runs.Remove(run.Plan);
                continue;
            }

            _restored.Add(run.Plan);
            var more = Max(now - run.Since - run.Passed, TimeSpan.Zero);
            _times.Restored(run.Plan, run.Passed, more);
            _runs[run.Plan] = run with { Since = now - run.Passed - more };
        }

        Settle();
        state.Fleet.Share.Add(this);
    }

    /// <inheritdoc/>
    public string Kind => "plan";

    private FleetShare Share => _state.Fleet.Share;

    /// <summary>Plans that run.</summary>
    public IReadOnlyList<string> Running
    {
        get
        {
            lock (_changing)
            {
                return [.. _runs.Keys];
            }
        }
    }

    /// <summary>The plan's run; null: it does not run.</summary>
    public PlanRun? Run(string plan)
    {
        lock (_changing)
        {
            return _runs.GetValueOrDefault(plan);
        }
    }

    /// <summary>How the plan stands among what the fleet agrees on; null: nothing is known of it.</summary>
    public string? Order(string plan)
    {
        lock (_changing)
        {
            return _marks.GetValueOrDefault(plan)?.Order;
        }
    }

    /// <summary>What is remembered of a plan.</summary>
    public PlanMemory Memory(string plan)
    {
        lock (_changing)
        {
            return _memories.GetValueOrDefault(plan) ?? new();
        }
    }

    /// <summary>Why a plan is proposed now; null: it is not.</summary>
    public PlanMoment? Proposal(string plan) =>
        _policy().Policy is { } policy && policy.Plans.TryGetValue(plan, out var written)
        && PlanMoment.Of(written.When, policy.Event, _alarms.Now, _time.GetUtcNow()) is { } moment && moment.Key != Memory(plan).Seen && !IsMet(plan, moment) && Run(plan) is null ? moment : null;

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

            if (_runs.TryGetValue(plan, out var running))
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
                Share.Name,
                Share.Id);
            var moment = rehearses ? null : PlanMoment.Of(written.When, _policy().Policy.Event, _alarms.Now, _time.GetUtcNow());
            Save(run, moment is null ? null : Memory(plan) with { Seen = moment.Key }, isAct: true);
            _times.Set(plan, TimeSpan.Zero);
            _audit.Write(by, from, $"plan {plan} {(rehearses ? "rehearse" : "start")}", reason, null, new { steps = run.Steps.Select(static s => s.Switch), ends = run.Ends });
            Advance(run, from);
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
            return !_runs.TryGetValue(plan, out var run) ? "it does not run" : End(run, how, by, from, reason);
        }
    }

    /// <summary>Does what is due: steps, ends, and plans that start by themselves. Called once a second.</summary>
    /// <exception cref="IOException">The state folder cannot be written; the next call tries again.</exception>
    public void Beat()
    {
        lock (_changing)
        {
            FollowTheWall();
            Settle();
            foreach (var run in _runs.Values.ToArray())
            {
                if (Conducts(run))
                {
                    Advance(_runs[run.Plan], "local");
                }
            }

            NotePassed();
            if (Share.IsMember)
            {
                Mend();
            }

            foreach (var (name, plan) in _policy().Policy.Plans)
            {
                Meet(name, plan);
                if (plan.Auto && Proposal(name) is { } moment && IsOursToStart(name, moment) && Start(name, "sandglass", "local", $"by itself: {moment.Why}") is { } why
                    && _refused.GetValueOrDefault(name) != moment.Key)
                {
                    _refused[name] = moment.Key;
                    _log.LogWarning("Plan {Plan} would start by itself, since {Moment}, but {Why}", name, moment.Why, why);
                }
            }
        }
    }

    // What the wall clock has told of the time while nobody ran is believed, or was asked of the fleet in vain.
    private void Settle()
    {
        var settled = _times.Settle(isAlone: !Share.IsMember);
        if (settled.Count > 0)
        {
            Share.Want();
            NotePassed(settled);
        }
    }

    // Else a second restart, with the clock set back in between, would give a run its time again.
    private void NotePassed(IReadOnlyCollection<string>? which = null)
    {
        var noted = _runs.Values.Where(r => r.Position != PlanPosition.Rehearsing && (which?.Contains(r.Plan) ?? Passed(r) - r.Passed >= Note)).ToArray();
        if (noted.Length == 0)
        {
            return;
        }

        var runs = new Dictionary<string, PlanRun>(_runs, StringComparer.Ordinal);
        foreach (var run in noted)
        {
            runs[run.Plan] = run with { Passed = Passed(run) };
        }

        try
        {
            Write(runs, _memories, _marks);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // The next step, end or minute writes it.
        }
    }

    /// <inheritdoc/>
    public bool Acts(string name) => true;

    /// <inheritdoc/>
    public IReadOnlyList<SharedEntry> Tell()
    {
        lock (_changing)
        {
            return [.. _marks.Where(static m => m.Value.Stamp != default).Select(m => new SharedEntry(
                m.Key, m.Value.Order, m.Value.Value.Run is { } run && !_times.IsInDoubt(m.Key) ? -Passed(run) : null, () => JsonSerializer.Serialize(PlanRecord.Of(m.Value, isWhole: true), PlanRecord.Json)))];
        }
    }

    /// <inheritdoc/>
    public void Hear(DateTimeOffset clock, IReadOnlyList<SharedEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        lock (_changing)
        {
            FollowTheWall();
            _times.Compare(clock);
            foreach (var entry in entries)
            {
                var before = _marks.GetValueOrDefault(entry.Name);
                if ((before?.Order != entry.Order || _times.IsInDoubt(entry.Name)) && Read(entry) is { } told)
                {
                    // What the fleet's clock says has passed of it; moments of the wall clock are each gateway's own.
                    TimeSpan? passed = entry.Moment is { } began ? Max(-began, TimeSpan.Zero) : null;
                    Correct(told, passed);
                    if ((before?.Join(told) ?? told) is var joined && joined.Order != before?.Order)
                    {
                        Take(entry.Name, before, joined, joined.Stamp == told.Stamp ? passed : null);
                    }
                }
            }
        }
    }

    // Under the lock, as all that follows. Whatever else has become of it: of the same run the same time has passed.
    private void Correct(Register<PlanStand> told, TimeSpan? passed)
    {
        if (told.Value.Run is { } theirs && passed is { } known && _times.IsInDoubt(theirs.Plan) && IsSameRun(_marks.GetValueOrDefault(theirs.Plan), told))
        {
            var run = _runs[theirs.Plan];
            known = Max(known, run.Passed);
            _times.Set(run.Plan, known);
            _runs[run.Plan] = run with { Since = _time.GetUtcNow() - known };
            NotePassed([run.Plan]);
        }
    }

    // Of two starts that did not know of each other each has a time of its own.
    private static bool IsSameRun(Register<PlanStand>? ours, Register<PlanStand> theirs) =>
        ours?.Value.Run is { } a && theirs.Value.Run is { } b && PlanRecord.IsSameStart(ours.Stamp.Version, theirs.Stamp.Version)
        && (a.Gateway, a.By, a.Reason) == (b.Gateway, b.By, b.Reason);

    private void Take(string plan, Register<PlanStand>? before, Register<PlanStand> after, TimeSpan? passed)
    {
        var (old, run) = (_runs.GetValueOrDefault(plan), after.Value.Run);
        var isNew = before?.Stamp != after.Stamp;
        var isAnother = run is not null && !(old is { Position: not PlanPosition.Rehearsing } && PlanRecord.IsSameStart(before!.Stamp.Version, after.Stamp.Version));
        if (isNew && old is { Position: not PlanPosition.Rehearsing } && (run is null || isAnother))
        {
            TakeBackOwn(old, after.Value);
        }

        // A rehearsal's date goes before nothing, and nothing goes before it.
        if (before?.Value.Memory.RehearsedAt is { } rehearsed && !(after.Value.Memory.RehearsedAt >= rehearsed))
        {
            after = Next(after, after.Value with { Memory = after.Value.Memory with { RehearsedAt = rehearsed } }, isAct: false);
        }

        var runs = new Dictionary<string, PlanRun>(_runs, StringComparer.Ordinal);
        var isOurTime = passed is null && IsSameRun(before, after);
        if (run is not null && isNew)
        {
            // Told by somebody who does not know it either, a run's time stays as it is known here.
            var since = isOurTime ? old!.Since : passed is { } told ? _time.GetUtcNow() - Max(told, run.Passed) : run.Since;
            runs[plan] = run = run with { Since = since, Passed = Max(run.Passed, isOurTime ? Passed(old!) : passed ?? TimeSpan.Zero) };
            after = after with { Last = after.Last with { Value = after.Value with { Run = run } } };
        }
        else if (run is null && old is { Position: not PlanPosition.Rehearsing })
        {
            runs.Remove(plan);
        }

        Write(runs, new(_memories, StringComparer.Ordinal) { [plan] = after.Value.Memory }, new(_marks, StringComparer.Ordinal) { [plan] = after });
        if (after.Lost is { Value.Run: { } lost } && after.Lost.Stamp != before?.Lost?.Stamp && run is not null && (lost.By, lost.Reason) != (run.By, run.Reason))
        {
            _audit.Write(run.By, From(run.Gateway), $"plan {plan} conflict", $"{lost.By} on {lost.Gateway} started it too without having heard of it ({lost.Reason}), and lost", null, null);
        }

        if (!isNew)
        {
            return;
        }

        if (run is not null)
        {
            if (old is { Position: PlanPosition.Rehearsing })
            {
                StopRehearsing(old);
            }

            if (passed is not null)
            {
                _times.Set(plan, run.Passed);
            }
            else if (!isOurTime)
            {
                _times.Heard(plan, run.Passed, Max(_times.Now - run.Since - run.Passed, TimeSpan.Zero));
            }
        }
        else if (!runs.ContainsKey(plan))
        {
            _times.Forget(plan);
        }

        TellOf(plan, old, run, after, isAnother);
    }

    private void TellOf(string plan, PlanRun? old, PlanRun? run, Register<PlanStand> after, bool isAnother)
    {
        var from = From(run?.Gateway ?? after.Value.Memory.Last?.Gateway);
        if (isAnother)
        {
            _audit.Write(run!.By, from, $"plan {plan} start", run.Reason, null, new { steps = run.Steps.Select(static s => s.Switch), ends = run.Ends });
        }
        else if (run is null && old is { Position: not PlanPosition.Rehearsing } && after.Value.Memory.Last is { } end)
        {
            _audit.Write(end.By, from, $"plan {plan} {end.How}", end.Reason, new { old.Position, old.Done }, new { end.Kept });
        }

        if (run is { Position: PlanPosition.Failed } && old?.Position != PlanPosition.Failed)
        {
            _audit.Write(run.By, from, $"plan {plan} stopped", run.Trouble ?? string.Empty, null, new { run.Done });
        }
    }

    private static string From(string? gateway) => $"fleet, {gateway ?? "another gateway"}";

    // What this gateway has thrown of a plan that the others have taken back meanwhile.
    private void TakeBackOwn(PlanRun old, PlanStand now)
    {
        // What it had thrown before it was started again was thrown by another process of this gateway.
        if (old.Conductor != Share.Id && !_restored.Remove(old.Plan))
        {
            return;
        }

        foreach (var step in old.Steps.Reverse().Where(static s => s.Is == PlanStepIs.Thrown))
        {
            if (_state.Switch(step.Switch).Register is { } register && PlanSignature.IsOwned(register.Value, old.Plan)
                && now.Run?.Steps.Any(s => s.Switch == step.Switch && s.Is == PlanStepIs.Thrown) != true)
            {
                _switches.TryThrow(new(step.Switch, false, now.Memory.Last?.By ?? old.By, "fleet", $"plan {old.Plan} {now.Memory.Last?.How ?? "reverted"}", null, [SwitchTag.Of(register)]), out _);
            }
        }
    }

    // What gateways leave behind that had not heard of each other: a step on for a plan that is over, whose gateway is gone or cut off; and a step of a plan that
    // runs, off since somebody has taken back the run before this one. Either is mended when it has been so for a while.
    private void Mend()
    {
        var now = _time.GetTimestamp();
        foreach (var (id, plan) in _policy().Switches)
        {
            if (plan.State.Register is not { } register || Mended(id, register.Value, now) is not { } order)
            {
                _odd.Remove(id);
            }
            else if (!_odd.TryGetValue(id, out var seen) || seen.Stamp != register.Stamp)
            {
                _odd[id] = (register.Stamp, now);
            }
            else if (_time.GetElapsedTime(seen.At, now) >= Oddity)
            {
                _switches.TryThrow(order with { Seen = [SwitchTag.Of(register)] }, out _);
            }
        }
    }

    // What is to be done about it, by this gateway; null: nothing.
    private SwitchOrder? Mended(string id, SwitchState.Position position, long now)
    {
        if (PlanSignature.Owner(position) is { } owner)
        {
            return !_runs.ContainsKey(owner) && Memory(owner).Last is not null && Share.Leads(0, now)
                ? new(id, false, "sandglass", "local", $"plan {owner} is over") : null;
        }

        return !position.On && _runs.Values.FirstOrDefault(r => PlanSignature.IsTakenBack(position, r.Plan)) is { Position: PlanPosition.Running or PlanPosition.On } run
            && run.Steps.Any(s => s.Switch == id && s.Is == PlanStepIs.Thrown) && run.Conductor == Share.Id ? new(id, true, PlanSignature.Of(run), "local", run.Reason) : null;
    }

    private bool Conducts(PlanRun run)
    {
        var appointed = ulong.TryParse(run.Conductor, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var node) ? node : 0;
        if (run.Position == PlanPosition.Rehearsing || appointed == Share.Node || !Share.IsMember)
        {
            return true;
        }

        if (!Share.Leads(appointed, _time.GetTimestamp()))
        {
            return false;
        }

        _log.LogInformation("Plan {Plan} goes on from this gateway, since the one that conducted it is gone or cannot be heard", run.Plan);
        Save(run with { Conductor = Share.Id });
        return true;
    }

    // The first of the fleet starts it; the others only where that one does not, since it may not have met the moment.
    private bool IsOursToStart(string plan, PlanMoment moment)
    {
        var now = _time.GetTimestamp();
        return !Share.IsMember || Share.Leads(0, now)
            || (Share.IsHeard && _moments.TryGetValue(plan, out var met) && met.Moment == moment.Key && _time.GetElapsedTime(met.At, now) >= OthersFirst);
    }

    // An alarm fires on each gateway at a moment of its own; the plan that runs for one of them runs for all.
    private void Meet(string plan, PlanPolicy written)
    {
        if (written.When is null || PlanMoment.Of(written.When, _policy().Policy.Event, _alarms.Now, _time.GetUtcNow()) is not { } moment)
        {
            _moments.Remove(plan);
            return;
        }

        if (!_moments.TryGetValue(plan, out var known) || known.Moment != moment.Key)
        {
            _moments[plan] = (moment.Key, _time.GetTimestamp());
        }

        if (_runs.TryGetValue(plan, out var run) && run.Gateway is { } gateway && gateway != Share.Name)
        {
            _met[plan] = moment.Key;
        }
    }

    private bool IsMet(string plan, PlanMoment moment)
    {
        lock (_changing)
        {
            return _met.GetValueOrDefault(plan) == moment.Key;
        }
    }

    private static Register<PlanStand>? Read(SharedEntry entry)
    {
        try
        {
            return JsonSerializer.Deserialize<PlanRecord>(entry.Text(), PlanRecord.Json)?.Register() is { } told && told.Order == entry.Order
                && (told.Value.Run is not { } run || run.Plan == entry.Name) ? told : null;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or NotSupportedException)
        {
            // Somebody's hand, or a gateway of another version: it says nothing here.
            return null;
        }
    }

    private void Advance(PlanRun run, string from)
    {
        var passed = Passed(run);
        if (run.Position == PlanPosition.Rehearsing)
        {
            Rehearse(run, passed);
        }
        else if (run.Ends <= passed)
        {
            End(run, "ended", "sandglass", "local", "its time was over");
        }
        else if (run.Position == PlanPosition.Running)
        {
            Throw(run, passed, from);
        }
    }

    private void Throw(PlanRun run, TimeSpan passed, string from)
    {
        var before = run;
        for (var i = 0; i < run.Steps.Count && run.Position == PlanPosition.Running; i++)
        {
            var step = run.Steps[i];
            if (step.Is == PlanStepIs.ToCome && step.After <= passed)
            {
                run = Throw(run, step, out var trouble) is { } done ? run.With(i, done) : run with { Position = PlanPosition.Failed, Trouble = $"{step.Switch}: {trouble}" };
            }
        }

        run = run.Position == PlanPosition.Running && run.Done == run.Steps.Count ? run with { Position = PlanPosition.On } : run;
        if (ReferenceEquals(run, before))
        {
            return;
        }

        Save(run);
        if (run.Position == PlanPosition.Failed)
        {
            _audit.Write(run.By, from, $"plan {run.Plan} stopped", run.Trouble!, new { before.Done }, new { run.Done });
            _log.LogError("Plan {Plan} stopped after {Done} of {Steps} steps: {Trouble}; mend it, then revert the plan", run.Plan, run.Done, run.Steps.Count, run.Trouble);
        }
    }

    // Null: it failed.
    private PlanRunStep? Throw(PlanRun run, PlanRunStep step, out string? trouble)
    {
        trouble = null;
        if (!_policy().Switches.TryGetValue(step.Switch, out var plan) || plan.Mode == Mode.Off)
        {
            trouble = plan is null ? "the policy has no such switch any more" : "its mode is \"off\"";
            return null;
        }

        // Thrown by us already: the process was killed between the switch and the note of it.
        if (plan.State.Now is { On: true } now)
        {
            return step with { Is = now.By == PlanSignature.Of(run) ? PlanStepIs.Thrown : PlanStepIs.WasOn };
        }

        try
        {
            _switches.Throw(step.Switch, true, PlanSignature.Of(run), "local", run.Reason, null);
            return step with { Is = PlanStepIs.Thrown };
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            trouble = $"the state folder cannot be written ({fault.Message})";
            return null;
        }
    }

    // In reverse order. What somebody else has changed since is theirs.
    private string? End(PlanRun run, string how, string by, string from, string reason)
    {
        if (run.Position == PlanPosition.Rehearsing)
        {
            StopRehearsing(run);
            Forget(run, new(how, _time.GetUtcNow(), by, reason, []), rehearsed: false);
            return null;
        }

        var kept = new List<string>();
        foreach (var step in run.Steps.Reverse().Where(static s => s.Is == PlanStepIs.Thrown))
        {
            try
            {
                // Its own is what the plan has thrown, from whichever gateway; a version could be that of somebody's change elsewhere.
                var register = _state.Switch(step.Switch).Register;
                var isOff = register is not null && PlanSignature.IsOwned(register.Value, run.Plan)
                    && _switches.TryThrow(new(step.Switch, false, by, from, $"plan {run.Plan} {how}: {reason}", null, [SwitchTag.Of(register)]), out _);
                if (!isOff && _state.Switch(step.Switch).IsOn)
                {
                    kept.Add(step.Switch);
                }
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                var trouble = $"{step.Switch} could not be turned off: the state folder cannot be written ({fault.Message})";
                _runs[run.Plan] = run with { Position = PlanPosition.Failed, Trouble = trouble };
                return trouble;
            }
        }

        Forget(run, new(how, _time.GetUtcNow(), by, reason, kept), rehearsed: false);
        _audit.Write(by, from, $"plan {run.Plan} {how}", reason, new { run.Position, run.Done }, new { kept });
        return null;
    }

    private void Rehearse(PlanRun run, TimeSpan passed)
    {
        if (!_counted.TryGetValue(run.Plan, out var before))
        {
            _counted[run.Plan] = before = new(StringComparer.Ordinal);
        }

        for (var i = 0; i < run.Steps.Count && RehearsalStep * i <= passed; i++)
        {
            var step = run.Steps[i];
            if (step.Is == PlanStepIs.ToCome && _policy().Switches.TryGetValue(step.Switch, out var plan))
            {
                before[step.Switch] = plan.Shadowed.Sum();
                plan.State.Rehearse(true);
                _runs[run.Plan] = run = run.With(i, step with { Is = PlanStepIs.Thrown });
            }
        }

        if (passed >= (RehearsalStep * run.Steps.Count) + RehearsalStay)
        {
            var would = StopRehearsing(run);
            Forget(run, new("rehearsed", _time.GetUtcNow(), run.By, run.Reason, [], would), rehearsed: run.Done == run.Steps.Count);
        }
    }

    private Dictionary<string, long> StopRehearsing(PlanRun run)
    {
        _counted.Remove(run.Plan, out var before);
        var would = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (name, count) in before ?? [])
        {
            _state.Switch(name).Rehearse(false);
            would[name] = _policy().Switches.TryGetValue(name, out var plan) ? plan.Shadowed.Sum() - count : 0;
        }

        return would;
    }

    private void FollowTheWall()
    {
        var step = _steps.Pending;
        if (step == TimeSpan.Zero)
        {
            return;
        }

        var runs = _runs.ToDictionary(static r => r.Key, r => r.Value with { Since = r.Value.Since + step }, StringComparer.Ordinal);
        if (runs.Count > 0)
        {
            Write(runs, _memories, _marks);
        }

        _steps.Settle();
    }

    private void Save(PlanRun run, PlanMemory? memory = null, bool isAct = false)
    {
        run = run with { Passed = Passed(run) };
        var runs = new Dictionary<string, PlanRun>(_runs, StringComparer.Ordinal) { [run.Plan] = run };
        var memories = memory is null ? _memories : new(_memories, StringComparer.Ordinal) { [run.Plan] = memory };
        var marks = run.Position == PlanPosition.Rehearsing ? _marks
            : Marked(run.Plan, new(run, memory ?? Memory(run.Plan)), isAct);
        Write(runs, memories, marks);
        Share.Want();
    }

    private Dictionary<string, Register<PlanStand>> Marked(string plan, PlanStand stand, bool isAct)
    {
        var before = _marks.GetValueOrDefault(plan) ?? new(new Change<PlanStand>(default, new(null, new())));
        return new(_marks, StringComparer.Ordinal) { [plan] = Next(before, stand, isAct) };
    }

    private Register<PlanStand> Next(Register<PlanStand> before, PlanStand stand, bool isAct) =>
        before.Next(new(new(PlanRecord.Next(before.Stamp.Version, isAct), _time.GetUtcNow().ToUnixTimeMilliseconds(), Share.Node), stand));

    private void Write(Dictionary<string, PlanRun> runs, Dictionary<string, PlanMemory> memories, Dictionary<string, Register<PlanStand>> marks)
    {
        _file.Write(runs, memories, marks);
        (_runs, _memories, _marks) = (runs, memories, marks);
    }

    private void Forget(PlanRun run, PlanEnd end, bool rehearsed)
    {
        var runs = new Dictionary<string, PlanRun>(_runs, StringComparer.Ordinal);
        runs.Remove(run.Plan);
        var memory = Memory(run.Plan);
        memory = memory with { Last = end with { Gateway = Share.Name }, RehearsedAt = rehearsed ? end.At : memory.RehearsedAt };
        // A rehearsal ends nothing that others have started meanwhile.
        Write(
            runs,
            new(_memories, StringComparer.Ordinal) { [run.Plan] = memory },
            Marked(run.Plan, new(null, memory), isAct: run.Position != PlanPosition.Rehearsing));
        _times.Forget(run.Plan);
        Share.Want();
    }

    private TimeSpan Passed(PlanRun run) => _times.Passed(run.Plan);

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static string Word(PlanPosition position) => position.ToString().ToLowerInvariant();
}
