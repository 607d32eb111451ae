using System.Globalization;
using SandGlass.Algorithms;
using SandGlass.Algorithms.Concurrency;
using SandGlass.Request;

namespace SandGlass.Layers.Shed;

/// <summary>
/// A backend gets no more at once than it bears; the rest waits a moment, the most critical in front, and what finds no room is turned
/// away, the least critical first. Costs one interlocked word when there is room. Stands behind the cache, since only fetches burden a
/// backend, and before the breaker, whose probes need a permit too.
/// </summary>
/// <param name="time">The clock.</param>
public sealed class ShedLayer(TimeProvider time) : Layer<ShedPlan>
{
    /// <inheritdoc/>
    public override Place Place => Place.Shed;

    /// <inheritdoc/>
    protected override Verdict Decide(Passage passage, ShedPlan plan, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(plan);
        var verdict = plan.State.Gate.TryEnter(plan.Gate, plan.Class, now, out var ticket);
        if (verdict.Admitted)
        {
            Hold(passage, now);
        }

        passage.Ticket = ticket;
        return verdict;
    }

    /// <inheritdoc/>
    protected override RuleExplanation Explain(Passage passage, ShedPlan plan, long now)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var gate = plan.State.Gate;
        var (inFlight, limit, queued) = (gate.InFlight, gate.LimitNow(plan.Gate), gate.Queued);
        return new(
            gate.Peek(plan.Gate, plan.Class, now),
            string.Create(CultureInfo.InvariantCulture, $"{inFlight} of {limit} under way, {queued} of {plan.Gate.QueueCapacity} waiting; class {plan.Class} of 0 to 3"),
            ("inFlight", inFlight), ("limit", limit), ("queued", queued), ("queueCapacity", plan.Gate.QueueCapacity), ("class", plan.Class));
    }

    /// <inheritdoc/>
    protected override async ValueTask<Verdict> WaitAsync(Passage passage, ShedPlan plan)
    {
        var ticket = passage.Ticket!;
        plan.State.Arm(plan.Gate);
        Verdict verdict;
        await using (passage.Http.RequestAborted.UnsafeRegister(static t => ((GateTicket)t!).Abandon(), ticket)
            .ConfigureAwait(false))
        {
            verdict = await ticket.WaitAsync().ConfigureAwait(false);
        }

        ticket.Dispose();
        passage.Ticket = null;
        if (verdict.Admitted)
        {
            Hold(passage, time.GetTimestamp());
        }

        return verdict;
    }

    /// <inheritdoc/>
    protected override void Forgo(Passage passage, ShedPlan plan)
    {
        ArgumentNullException.ThrowIfNull(passage);
        var ticket = passage.Ticket!;
        passage.Ticket = null;
        ticket.Abandon();
        _ = GiveBackAsync(ticket, plan);
    }

    /// <inheritdoc/>
    protected override Rejection Reject(Passage passage, ShedPlan plan, in Verdict verdict)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var seconds = Seconds.UpTo(60, verdict.RetryAfter, plan.TicksPerSecond);
        return new(Place.Shed, plan.Name, StatusCodes.Status503ServiceUnavailable, verdict.Reason, seconds);
    }

    /// <inheritdoc/>
    protected override void Release(Passage passage, ShedPlan plan, in Ending ending, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(plan);
        if (passage.HoldsPermit)
        {
            passage.HoldsPermit = false;
            plan.State.Gate.Leave(plan.Gate, passage.PermitSince, now, ending.Permit);
        }
    }

    // The permit may have been given in the moment before the place was given up.
    private async Task GiveBackAsync(GateTicket ticket, ShedPlan plan)
    {
        var now = time.GetTimestamp();
        if ((await ticket.WaitAsync().ConfigureAwait(false)).Admitted)
        {
            plan.State.Gate.Leave(plan.Gate, now, now, Outcome.Ignored);
        }

        ticket.Dispose();
    }

    private static void Hold(Passage passage, long now)
    {
        passage.HoldsPermit = true;
        passage.PermitSince = now;
    }
}
