using System.Globalization;
using SandGlass.Fleet;

namespace SandGlass.Plans;

/// <summary>
/// Takes the runs on that are this gateway's to take on: their steps when they are due, and their end. In a fleet that is the gateway on which a plan
/// was started, or the first of those left when that one is gone. Not thread-safe: its owner has a lock.
/// </summary>
/// <param name="book">Where runs are kept.</param>
/// <param name="steps">Its hand at the switches.</param>
/// <param name="rehearsals">The same in shadow.</param>
/// <param name="audit">Gets a line for each change.</param>
/// <param name="share">The others.</param>
/// <param name="time">Both clocks.</param>
/// <param name="log">Gets what an operator should see at once.</param>
internal sealed class PlanConductor(
    PlanBook book, PlanSteps steps, PlanRehearsals rehearsals, PlanAudit audit, FleetShare share, TimeProvider time, ILogger log)
{
    /// <summary>Takes on what runs.</summary>
    /// <exception cref="IOException">The state folder cannot be written; the next call tries again.</exception>
    public void Beat()
    {
        foreach (var run in book.Runs.Values.ToArray())
        {
            if (Conducts(run))
            {
                Advance(book.Runs[run.Plan], "local");
            }
        }
    }

    /// <summary>Does what is due of a run.</summary>
    /// <exception cref="IOException">The state folder cannot be written.</exception>
    public void Advance(PlanRun run, string from)
    {
        var passed = book.Passed(run);
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

    /// <summary>Takes a run back.</summary>
    /// <returns>Null, or what could not be.</returns>
    /// <exception cref="IOException">The state folder cannot be written.</exception>
    public string? End(PlanRun run, string how, string by, string from, string reason)
    {
        if (run.Position == PlanPosition.Rehearsing)
        {
            rehearsals.Stop(run);
            book.Forget(run, new(how, time.GetUtcNow(), by, reason, []), rehearsed: false);
            return null;
        }

        if (steps.TakeBack(run, how, by, from, reason, out var kept) is { } trouble)
        {
            book.Hold(run with { Position = PlanPosition.Failed, Trouble = trouble });
            return trouble;
        }

        var end = new PlanEnd(how, time.GetUtcNow(), by, reason, kept);
        book.Forget(run, end, rehearsed: false);
        audit.Ended(run, end, from);
        return null;
    }

    private bool Conducts(PlanRun run)
    {
        var appointed = ulong.TryParse(run.Conductor, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var node) ? node : 0;
        if (run.Position == PlanPosition.Rehearsing || appointed == share.Node || !share.IsMember)
        {
            return true;
        }

        if (!share.Leads(appointed, time.GetTimestamp()))
        {
            return false;
        }

        log.LogInformation("Plan {Plan} goes on from this gateway, since the one that conducted it is gone or cannot be heard", run.Plan);
        book.Save(run with { Conductor = share.Id });
        return true;
    }

    private void Throw(PlanRun before, TimeSpan passed, string from)
    {
        var run = steps.Throw(before, passed);
        if (ReferenceEquals(run, before))
        {
            return;
        }

        book.Save(run);
        if (run.Position == PlanPosition.Failed)
        {
            audit.Stopped(run, from, before);
            log.LogError("Plan {Plan} stopped after {Done} of {Steps} steps: {Trouble}; mend it, then revert the plan", run.Plan, run.Done, run.Steps.Count, run.Trouble);
        }
    }

    private void Rehearse(PlanRun run, TimeSpan passed)
    {
        run = rehearsals.Throw(run, passed);
        book.Hold(run);
        if (PlanRehearsals.IsOver(run, passed))
        {
            var would = rehearsals.Stop(run);
            book.Forget(run, new("rehearsed", time.GetUtcNow(), run.By, run.Reason, [], would), rehearsed: run.Done == run.Steps.Count);
        }
    }
}
