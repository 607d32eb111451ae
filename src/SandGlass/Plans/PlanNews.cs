using System.Text.Json;
using SandGlass.Algorithms.Sharing;
using SandGlass.Fleet;

namespace SandGlass.Plans;

/// <summary>
/// What gateways tell each other of plans: where each stands, and how much of its time has passed. What is heard is joined to what is known; what this
/// gateway has thrown of a run that lost or was taken back, it turns off itself. Not thread-safe: its owner has a lock.
/// </summary>
/// <param name="book">What is known.</param>
/// <param name="steps">Its hand at the switches.</param>
/// <param name="rehearsals">Those of this gateway, which a start elsewhere stops.</param>
/// <param name="audit">Gets a line for each change.</param>
/// <param name="share">This process among the others.</param>
/// <param name="time">Both clocks.</param>
internal sealed class PlanNews(PlanBook book, PlanSteps steps, PlanRehearsals rehearsals, PlanAudit audit, FleetShare share, TimeProvider time)
{
    /// <summary>What there is to tell.</summary>
    public IReadOnlyList<SharedEntry> Tell() => [.. book.Marks.Where(static m => m.Value.Stamp != default).Select(m => new SharedEntry(
        m.Key,
        m.Value.Order,
        m.Value.Value.Run is { } run && !book.Times.IsInDoubt(m.Key) ? -book.Passed(run) : null,
        () => JsonSerializer.Serialize(PlanRecord.Of(m.Value, isWhole: true), PlanRecord.Json)))];

    /// <summary>The fleet was heard.</summary>
    /// <param name="clock">Redis', at this moment.</param>
    /// <param name="entries">What others have told.</param>
    /// <exception cref="IOException">The state folder cannot be written.</exception>
    public void Hear(DateTimeOffset clock, IReadOnlyList<SharedEntry> entries)
    {
        book.Times.Compare(clock);
        foreach (var entry in entries)
        {
            var before = book.Marks.GetValueOrDefault(entry.Name);
            if ((before?.Order != entry.Order || book.Times.IsInDoubt(entry.Name)) && Read(entry) is { } told)
            {
                // What the fleet's clock says has passed of it; moments of the wall clock are each gateway's own.
                TimeSpan? passed = entry.Moment is { } began ? PlanTimes.Max(-began, TimeSpan.Zero) : null;
                Correct(told, passed);
                if ((before?.Join(told) ?? told) is var joined && joined.Order != before?.Order)
                {
                    Take(entry.Name, before, joined, joined.Stamp == told.Stamp ? passed : null);
                }
            }
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

    // Whatever else has become of it: of the same run the same time has passed.
    private void Correct(Register<PlanStand> told, TimeSpan? passed)
    {
        if (told.Value.Run is { } theirs && passed is { } known && book.Times.IsInDoubt(theirs.Plan) && IsSameRun(book.Marks.GetValueOrDefault(theirs.Plan), told))
        {
            var run = book.Runs[theirs.Plan];
            known = PlanTimes.Max(known, run.Passed);
            book.Times.Set(run.Plan, known);
            book.Hold(run with { Since = time.GetUtcNow() - known });
            book.NotePassed([run.Plan]);
        }
    }

    // Of two starts that did not know of each other each has a time of its own.
    private static bool IsSameRun(Register<PlanStand>? ours, Register<PlanStand> theirs) =>
        ours?.Value.Run is { } a && theirs.Value.Run is { } b && PlanRecord.IsSameStart(ours.Stamp.Version, theirs.Stamp.Version)
        && (a.Gateway, a.By, a.Reason) == (b.Gateway, b.By, b.Reason);

    private void Take(string plan, Register<PlanStand>? before, Register<PlanStand> after, TimeSpan? passed)
    {
        var (old, run) = (book.Runs.GetValueOrDefault(plan), after.Value.Run);
        var rehearsal = old is { Position: PlanPosition.Rehearsing } ? old : null;
        var own = rehearsal is null ? old : null;
        var isNew = before?.Stamp != after.Stamp;
        var isAnother = run is not null && !(own is not null && PlanRecord.IsSameStart(before!.Stamp.Version, after.Stamp.Version));
        if (isNew && own is not null && (run is null || isAnother))
        {
            TakeBackOwn(own, after.Value);
        }

        // A rehearsal's date goes before nothing, and nothing goes before it.
        if (before?.Value.Memory.RehearsedAt is { } rehearsed && !(after.Value.Memory.RehearsedAt >= rehearsed))
        {
            after = book.Next(after, after.Value with { Memory = after.Value.Memory with { RehearsedAt = rehearsed } }, isAct: false);
        }

        var isOurTime = passed is null && IsSameRun(before, after);
        if (run is not null && isNew)
        {
            // Told by somebody who does not know it either, a run's time stays as it is known here.
            var since = isOurTime ? old!.Since : passed is { } told ? time.GetUtcNow() - PlanTimes.Max(told, run.Passed) : run.Since;
            run = run with { Since = since, Passed = PlanTimes.Max(run.Passed, isOurTime ? book.Passed(old!) : passed ?? TimeSpan.Zero) };
            after = after with { Last = after.Last with { Value = after.Value with { Run = run } } };
        }

        book.Enter(plan, after, run is null ? rehearsal : isNew ? run : old);
        if (after.Lost is { Value.Run: { } lost } && after.Lost.Stamp != before?.Lost?.Stamp && run is not null && (lost.By, lost.Reason) != (run.By, run.Reason))
        {
            audit.Conflict(run, lost);
        }

        if (!isNew)
        {
            return;
        }

        if (run is not null)
        {
            if (rehearsal is not null)
            {
                rehearsals.Stop(rehearsal);
            }

            if (passed is not null)
            {
                book.Times.Set(plan, run.Passed);
            }
            else if (!isOurTime)
            {
                book.Times.Heard(plan, run.Passed, PlanTimes.Max(book.Times.Now - run.Since - run.Passed, TimeSpan.Zero));
            }
        }
        else if (rehearsal is null)
        {
            book.Times.Forget(plan);
        }

        TellOf(old, run, after, isAnother);
    }

    private void TellOf(PlanRun? old, PlanRun? run, Register<PlanStand> after, bool isAnother)
    {
        var from = PlanAudit.Fleet(run?.Gateway ?? after.Value.Memory.Last?.Gateway);
        if (isAnother)
        {
            audit.Started(run!, from);
        }
        else if (run is null && old is { Position: not PlanPosition.Rehearsing } && after.Value.Memory.Last is { } end)
        {
            audit.Ended(old, end, from);
        }

        if (run is { Position: PlanPosition.Failed } && old?.Position != PlanPosition.Failed)
        {
            audit.Stopped(run, from);
        }
    }

    // What this gateway has thrown of a plan that the others have taken back meanwhile.
    private void TakeBackOwn(PlanRun old, PlanStand now)
    {
        // What it had thrown before it was started again was thrown by another process of this gateway.
        if (old.Conductor == share.Id || book.WasLeft(old.Plan))
        {
            steps.Withdraw(old, now);
        }
    }
}
