using System.Runtime.ExceptionServices;

namespace SandGlass.Yarp;

/// <summary>
/// Stands between YARP and the connections, for the requests of one passage that may need more than one attempt or less than the whole time;
/// pooled with it. YARP writes into the one response, so attempts are made beneath it: it sees one sending, and the first head that can be
/// used. A second attempt goes to another destination, out of the route's budget, while nobody waits for the backend. Nothing with a body
/// is sent twice.
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

            if ((answer is not null && !IsBrokenWay(answer)) || left == 0 || Other(plan, AttemptKind.Retry, cancel) is not { } other)
            {
                fault?.Throw();
                return answer!;
            }

            answer?.Dispose();
            transformer.Destination.Leave(Algorithms.Outcome.Failure, time);
            request = SendTo(other, request.Method);
            transformer.GoTo(other);
        }
    }

    // The first, and when it is late a second beside it.
    private async Task<HttpResponseMessage> HedgeAsync(AttemptPlan plan, HttpRequestMessage request, CancellationToken cancel)
    {
        var first = new Attempt(transformer.Destination, cancel);
        first.Answer = base.SendAsync(request, first.Cancel);
        if (await first.EndsWithinAsync(plan.HedgeAfter, time, cancel).ConfigureAwait(false) || Other(plan, AttemptKind.Hedge, cancel) is not { } other)
        {
            using (first)
            {
                return await first.Answer.ConfigureAwait(false);
            }
        }

        var second = new Attempt(other, cancel);
        second.Answer = base.SendAsync(SendTo(other, request.Method), second.Cancel);
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
        transformer.GoTo(winner.Destination);
        // Whoever loses because it was slower is nobody's failure; whoever broke down is.
        var broke = loser.Answer.IsCompleted && !loser.IsGood && !passage.ClientLeft && !transformer.WasShort;
        _ = loser.GiveUpAsync(broke ? Algorithms.Outcome.Failure : Algorithms.Outcome.Ignored, time);
        using (winner)
        {
            return await winner.Answer.ConfigureAwait(false);
        }
    }

    private HttpRequestMessage SendTo(DestinationPlan destination, HttpMethod method)
    {
        _tried[_count++] = destination;
        var request = transformer.Again(method, destination, time.GetTimestamp());
        destination.State.Enter();
        return request;
    }

    // Another destination, if a second attempt is worth it and may be made now.
    private DestinationPlan? Other(AttemptPlan plan, AttemptKind kind, CancellationToken cancel)
    {
        var now = time.GetTimestamp();
        if (cancel.IsCancellationRequested || passage.ClientLeft || _count == _tried.Length || transformer.Left(now) < TimeSpan.FromMilliseconds(1)
            || passage.Backend!.PickOther(passage, _tried, now) is not { } other)
        {
            return null;
        }

        // Extra work is for idle capacity only.
        if (passage.Backend.HasQueue || other.Backend.HasQueue || !plan.State.Budget.TryTake(now, time.TimestampFrequency))
        {
            plan.State.Count(kind, AttemptResult.Refused);
            return null;
        }

        return other;
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
        public async Task GiveUpAsync(Algorithms.Outcome outcome, TimeProvider time)
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
            Dispose();
        }

        public void Dispose() => _end.Dispose();
    }
}
