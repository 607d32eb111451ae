using System.Globalization;
using SandGlass.Algorithms;
using SandGlass.Algorithms.Concurrency;
using SandGlass.Policy;
using SandGlass.Request;

namespace SandGlass.Layers.Shed;

/// <summary>
/// A backend gets no more at once than it bears; the rest waits a moment, the most critical in front, and what finds no room is turned
/// away, the least critical first. How much it bears the gate finds out by itself. Costs one interlocked word when there is room, and a
/// short lock at the end. Stands behind the cache, since only fetches burden a backend, and before the breaker, whose probes need a permit too.
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
        plan.Returns.Seen(passage.Client, now);
        return UploadWait.IsHere(passage) || !plan.ActsOn(passage) ? Enter(passage, plan, now) : Verdict.Wait;
    }

    private Verdict Enter(Passage passage, ShedPlan plan, long now)
    {
        var gate = passage.Backend!.Gate;
        var chain = gate.ChainOf(passage.Route.Chain);
        if (gate.State.Gate.TryPass(gate.Plan, chain))
        {
            Hold(passage, plan, gate, chain, now);
            return Verdict.Admit;
        }

        // Only now is it worth knowing who asks.
        var verdict = gate.State.Gate.TryEnter(gate.Plan, Standing.Of(passage, plan, gate, chain, UnixSeconds), now, out var ticket);
        if (verdict.Admitted)
        {
            Hold(passage, plan, gate, chain, now);
        }

        passage.Ticket = ticket;
        return verdict;
    }

    /// <inheritdoc/>
    protected override RuleExplanation Explain(Passage passage, ShedPlan plan, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(plan);
        var gate = passage.Backend!.Gate;
        var ask = Standing.Of(passage, plan, gate, gate.ChainOf(passage.Route.Chain), UnixSeconds);
        var (all, settings) = (gate.State.Gate, gate.Plan);
        var (limit, capacity) = (all.LimitNow(settings), all.CapacityNow(settings));
        var status = gate.State.Limit.Status(settings.Limit);
        return new(
            all.Peek(settings, ask, now),
            string.Create(
                CultureInfo.InvariantCulture,
                $"{all.InFlight} of {limit} under way, {all.Queued} of {capacity} waiting; {Standing.Words(passage, ask)}; the limit is {status.Reason}, R {status.Ratio:0.00}"),
            ("inFlight", all.InFlight), ("limit", limit), ("queued", all.Queued), ("queueCapacity", capacity), ("class", ask.Criticality), ("ratio", status.Ratio));
    }

    /// <inheritdoc/>
    protected override async ValueTask<Verdict> WaitAsync(Passage passage, ShedPlan plan)
    {
        Verdict verdict;
        if (passage.Ticket is null)
        {
            verdict = await UploadWait.ReadAsync(passage, time).ConfigureAwait(false);
            verdict = verdict.Admitted ? Enter(passage, plan, time.GetTimestamp()) : verdict;
            if (verdict.Kind != VerdictKind.Wait)
            {
                return verdict;
            }
        }

        var (ticket, gate) = (passage.Ticket!, passage.Backend!.Gate);
        gate.State.Arm(gate);
        await using (passage.Http.RequestAborted.UnsafeRegister(static t => ((GateTicket)t!).Abandon(), ticket)
            .ConfigureAwait(false))
        {
            verdict = await ticket.WaitAsync().ConfigureAwait(false);
        }

        ticket.Dispose();
        passage.Ticket = null;
        if (verdict.Admitted)
        {
            Hold(passage, plan, gate, gate.ChainOf(passage.Route.Chain), time.GetTimestamp());
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
        _ = GiveBackAsync(ticket, passage.Backend!.Gate, passage.Route.Chain);
    }

    /// <inheritdoc/>
    protected override Rejection Reject(Passage passage, ShedPlan plan, in Verdict verdict)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(plan);
        if (verdict.Reason == UploadWait.Reason)
        {
            // As where it fails on its way to the backend.
            return new(Place.Trust, verdict.Reason, (int)verdict.Measured, verdict.Reason, Replaceable: false);
        }

        var seconds = Seconds.UpTo(60, verdict.RetryAfter, plan.TicksPerSecond);
        // Told is who gets it written, not who is refused: a fallback may say nothing of coming back.
        passage.Returns = passage.IsRehearsal ? null : plan.Returns;
        return new(Place.Shed, passage.Backend!.Name, StatusCodes.Status503ServiceUnavailable, verdict.Reason, seconds) { Class = passage.Criticality.Word() };
    }

    /// <inheritdoc/>
    protected override void Release(Passage passage, ShedPlan plan, in Ending ending, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(plan);
        passage.GiveBackPermit(ending.Permit, now);
    }

    // The permit may have been given in the moment before the place was given up.
    private async Task GiveBackAsync(GateTicket ticket, BackendGate gate, string chain)
    {
        var now = time.GetTimestamp();
        if ((await ticket.WaitAsync().ConfigureAwait(false)).Admitted)
        {
            gate.State.Gate.Leave(gate.Plan, now, now, Outcome.Ignored, 0, gate.ChainOf(chain));
        }

        ticket.Dispose();
    }

    private long UnixSeconds => time.GetUtcNow().ToUnixTimeSeconds();

    private void Hold(Passage passage, ShedPlan plan, BackendGate gate, ChainLoad? chain, long now)
    {
        passage.Permit = new(gate, chain, now);
        if (plan.Session is { Step: not null } session && plan.ActsOn(passage))
        {
            session.Admitted(passage, UnixSeconds);
        }
    }
}
