using System.Runtime.ExceptionServices;
using SandGlass.Layers.Shed;

namespace SandGlass.Yarp;

/// <summary>
/// Stands between YARP and the connections, for the requests of one passage that may need more than one attempt or less than the whole time;
/// pooled with it. YARP writes into the one response, so attempts are made beneath it: it sees one sending, and the first head that can be
/// used. A second attempt goes to another destination, out of the route's budget, while nobody waits for the backend. Nothing with a body
/// is sent twice. Each attempt under way is counted in the gate of the backend that it is in, and those after the first pass it at once or are not made.
/// </summary>
/// <param name="handler">The shared pool of connections.</param>
/// <param name="passage">The passage that it belongs to.</param>
/// <param name="transformer">Writes the requests and knows where they go.</param>
/// <param name="time">The clock.</param>
internal sealed class Attempts(HttpMessageHandler handler, Request.Passage passage, PassageTransformer transformer, TimeProvider time)
    : HttpMessageInvoker(handler, disposeHandler: false)
{
    // The first, its hedge, and three retries.
    private readonly DestinationPlan?[] _tried = new DestinationPlan?[5];
    private int _count;
    private CancellationTokenSource _deadline = new();

    // YARP's own clock is enough where the whole time is left and is the route's.
    /// <inheritdoc/>
    public override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        !transformer.Hurries && !transformer.MayStream ? SendInTurnAsync(request, cancellationToken)
        : transformer.Sending is { } body ? SendInTimeAsync(request, body, cancellationToken)
        : SendInTimeAsync(request, cancellationToken);

    // How long the body takes is its client's doing, and YARP watches that it flows: what is left is counted from its last byte.
    private async Task<HttpResponseMessage> SendInTimeAsync(HttpRequestMessage request, SendingBody body, CancellationToken cancel)
    {
        // Not pooled: the body may be on its way still when the head is in.
        var deadline = new CancellationTokenSource();
        body.HoldTo(deadline, Left);
        using (cancel.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), deadline))
        {
            try
            {
                return await base.SendAsync(request, deadline.Token).ConfigureAwait(false);
            }
            catch when (body.IsSent)
            {
                transformer.HoldToDeadline();
                throw;
            }
            finally
            {
                body.LetGo();
            }
        }
    }

    private async Task<HttpResponseMessage> SendInTimeAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        transformer.HoldToDeadline();
        if (!_deadline.TryReset())
        {
            _deadline.Dispose();
            _deadline = new();
        }

        _deadline.CancelAfter(Left);
        using (cancel.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _deadline))
        {
            try
            {
                return await SendInTurnAsync(request, _deadline.Token).ConfigureAwait(false);
            }
            finally
            {
                // The body has all the time that it flows.
                _deadline.CancelAfter(Timeout.InfiniteTimeSpan);
            }
        }
    }

    private TimeSpan Left => transformer.Left(time.GetTimestamp()) is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    // One after the other, as long as they fail before an answer.
    private async Task<HttpResponseMessage> SendInTurnAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        var plan = passage.Route.Attempts;
        if (plan is null || request.Content is not null || transformer.MayStream || !plan.Allows(request.Method.Method))
        {
            return await base.SendAsync(request, cancel).ConfigureAwait(false);
        }

        plan.State.Budget.Deposit(plan.Budget);
        _count = 0;
        Array.Clear(_tried);
        _tried[_count++] = transformer.Destination;
        var hedges = plan.HedgeAfter > TimeSpan.Zero && AttemptPlan.IsSafe(request.Method.Method);
        for (var left = plan.Retries; ; left--)
        {
            HttpResponseMessage? answer = null;
            ExceptionDispatchInfo? fault = null;
            var again = left < plan.Retries;
            try
            {
                answer = await (hedges && !again ? HedgeAsync(plan, request, cancel) : base.SendAsync(request, cancel)).ConfigureAwait(false);
            }
            catch (Exception failed) when (!cancel.IsCancellationRequested)
            {
                fault = ExceptionDispatchInfo.Capture(failed);
            }
            catch when (again)
            {
                plan.State.Count(AttemptKind.Retry, AttemptResult.Ignored);
                throw;
            }

            if (again)
            {
                plan.State.Count(AttemptKind.Retry, answer is { } head && (int)head.StatusCode < 500 ? AttemptResult.Success : AttemptResult.Failure);
            }

            var permit = default(GatePermit);
            if ((answer is not null && !IsBrokenWay(answer)) || left == 0 || Other(plan, AttemptKind.Retry, cancel, ref permit) is not { } other)
            {
                fault?.Throw();
                return answer!;
            }

            answer?.Dispose();
            transformer.Destination.Leave(Algorithms.Outcome.Failure, time);
            MoveTo(other, permit);
            request = RequestTo(other, request.Method);
        }
    }

    // The first, and when it is late a second beside it.
    private async Task<HttpResponseMessage> HedgeAsync(AttemptPlan plan, HttpRequestMessage request, CancellationToken cancel)
    {
        var (first, permit) = (new Attempt(transformer.Destination, cancel), default(GatePermit));
        first.Answer = base.SendAsync(request, first.Cancel);
        if (await first.EndsWithinAsync(plan.HedgeAfter, time, cancel).ConfigureAwait(false) || Other(plan, AttemptKind.Hedge, cancel, ref permit) is not { } other)
        {
            using (first)
            {
                return await first.Answer.ConfigureAwait(false);
            }
        }

        var second = new Attempt(other, cancel);
        second.Answer = HedgeToAsync(other, request.Method, second.Cancel);
        await Task.WhenAny(first.Answer, second.Answer).ConfigureAwait(false);
        var (winner, loser) = first.Answer.IsCompleted ? (first, second) : (second, first);
        if (!winner.IsGood)
        {
            // A failure is no answer while the other may have one.
            await loser.EndAsync().ConfigureAwait(false);
            (winner, loser) = loser.Answer.IsCompletedSuccessfully ? (loser, winner) : (winner, loser);
        }

        plan.State.Count(AttemptKind.Hedge, winner == second && second.IsGood ? AttemptResult.Success
            : second.Answer.IsCompleted && !second.IsGood && !cancel.IsCancellationRequested ? AttemptResult.Failure
            : AttemptResult.Ignored);
        if (winner == second)
        {
            // Each has taken one, and the passage goes on with the winner's.
            (passage.Permit, permit) = (permit, passage.Permit);
            passage.Backend = other.Backend;
        }

        transformer.GoTo(winner.Destination);
        // Whoever loses because it was slower is nobody's failure; whoever broke down is.
        var broke = loser.Answer.IsCompleted && !loser.IsGood && !passage.ClientLeft && !transformer.WasShort;
        _ = loser.GiveUpAsync(broke ? Algorithms.Outcome.Failure : Algorithms.Outcome.Ignored, permit, passage.Route.Slot, time);
        using (winner)
        {
            return await winner.Answer.ConfigureAwait(false);
        }
    }

    // Whatever goes wrong is in the task: what was entered and taken is given up in one way only.
    private async Task<HttpResponseMessage> HedgeToAsync(DestinationPlan destination, HttpMethod method, CancellationToken cancel) =>
        await base.SendAsync(RequestTo(destination, method), cancel).ConfigureAwait(false);

    private HttpRequestMessage RequestTo(DestinationPlan destination, HttpMethod method)
    {
        _tried[_count++] = destination;
        destination.State.Enter();
        return transformer.Again(method, destination, time.GetTimestamp());
    }

    // The attempt before is over: what was held for it is held for this one, or given back where that is in another backend.
    private void MoveTo(DestinationPlan destination, in GatePermit permit)
    {
        transformer.GoTo(destination);
        var now = time.GetTimestamp();
        if (destination.Backend == passage.Backend)
        {
            passage.Permit = passage.Permit with { Since = now };
            return;
        }

        passage.GiveBackPermit(Algorithms.Outcome.Failure, now);
        (passage.Permit, passage.Backend) = (permit, destination.Backend);
    }

    // Another destination, if a second attempt is worth it and may be made now; with a permit of its backend's gate, but for a retry that keeps the one it has.
    private DestinationPlan? Other(AttemptPlan plan, AttemptKind kind, CancellationToken cancel, ref GatePermit permit)
    {
        var now = time.GetTimestamp();
        if (cancel.IsCancellationRequested || passage.ClientLeft || _count == _tried.Length || transformer.Left(now) < TimeSpan.FromMilliseconds(1)
            || passage.Backend!.PickOther(passage, _tried, now) is not { } other)
        {
            return null;
        }

        // Extra work is for idle capacity only.
        if (!passage.Backend.HasQueue && !other.Backend.HasQueue
            && ((kind == AttemptKind.Retry && other.Backend == passage.Backend) || other.Backend.Gate.TryPass(passage, now, out permit)))
        {
            if (plan.State.Budget.TryTake(now, time.TimestampFrequency))
            {
                return other;
            }

            permit.GiveBack(Algorithms.Outcome.Ignored, now, passage.Route.Slot);
        }

        plan.State.Count(kind, AttemptResult.Refused);
        return null;
    }

    // Not 503: that is how a backend says that it has too much already. Not 500: another destination runs the same code.
    private static bool IsBrokenWay(HttpResponseMessage answer) => (int)answer.StatusCode is 502 or 504 && answer.Headers.RetryAfter is null;

    // One of two that race. Its token lives until its answer's head is in, or until it has been given up.
    private sealed class Attempt(DestinationPlan destination, CancellationToken cancel) : IDisposable
    {
        private readonly CancellationTokenSource _end = CancellationTokenSource.CreateLinkedTokenSource(cancel);

        public DestinationPlan Destination { get; } = destination;

        public CancellationToken Cancel => _end.Token;

        public Task<HttpResponseMessage> Answer { get; set; } = null!;

        public bool IsGood => Answer.IsCompletedSuccessfully && (int)Answer.Result.StatusCode < 500;

        public async Task<bool> EndsWithinAsync(TimeSpan after, TimeProvider time, CancellationToken cancel)
        {
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            await Task.WhenAny(Answer, Task.Delay(after, time, enough.Token)).ConfigureAwait(false);
            await enough.CancelAsync().ConfigureAwait(false);
            return Answer.IsCompleted;
        }

        public async Task EndAsync() => await Task.WhenAny(Answer).ConfigureAwait(false);

        // Touches nothing of the passage, which goes on without it.
        public async Task GiveUpAsync(Algorithms.Outcome outcome, GatePermit permit, int route, TimeProvider time)
        {
            await _end.CancelAsync().ConfigureAwait(false);
            await EndAsync().ConfigureAwait(false);
            if (Answer.IsCompletedSuccessfully)
            {
                (await Answer.ConfigureAwait(false)).Dispose();
            }
            else
            {
                // Looked at, so that nobody reports it as unseen.
                _ = Answer.Exception;
            }

            Destination.Leave(outcome, time);
            permit.GiveBack(outcome, time.GetTimestamp(), route);
            Dispose();
        }

        public void Dispose() => _end.Dispose();
    }
}
