using SandGlass.Access;
using SandGlass.Telemetry;

namespace SandGlass.Request;

/// <summary>
/// The one end of a request, however it went: what its rules hold is given back, and it is counted and logged, once. Where the answer is ours
/// it is written first.
/// </summary>
/// <param name="ledger">Counts it.</param>
/// <param name="refresher">Is told of answers to renew.</param>
/// <param name="time">The clock.</param>
/// <param name="access">Where it leaves a line, if its policy wants one; null: nowhere.</param>
internal sealed class RequestEnd(Ledger ledger, Refresher refresher, TimeProvider time, AccessLog? access)
{
    private readonly Answers _answers = new(time);

    /// <summary>It has ended; does nothing the second time.</summary>
    public void End(Passage passage, in Ending ending)
    {
        if (passage.Ended)
        {
            return;
        }

        passage.Ended = true;
        var now = time.GetTimestamp();
        RuleWalk.Back(passage, ending, now);
        ledger.End(passage.Route.Tally, ending, now - passage.StartedAt);
        passage.Connection?.End(now);
        refresher.Begin(passage);
        if (passage.Snapshot.AccessLog is { } plan)
        {
            Log(passage, ending, plan, now);
        }
    }

    /// <summary>Writes the answer that is ours to give, then ends.</summary>
    public Task EndAfter(Passage passage, in Ending ending)
    {
        var written = Write(passage);
        if (written.IsCompletedSuccessfully)
        {
            End(passage, ending);
            return Task.CompletedTask;
        }

        // The client takes it at its own pace, from us: the backend has done its part, and what was held of it is somebody else's from now on.
        RuleWalk.Part(passage, ending, time.GetTimestamp());
        return EndAfterAsync(passage, written, ending);
    }

    /// <summary>Our own fault, outside of any layer: the request still ends, once, and the client is not left hanging.</summary>
    public void Fail(Passage passage, Exception defect)
    {
        if (passage.ClientLeft)
        {
            End(passage, new(RequestOutcome.Aborted, Place.Forward));
            return;
        }

        passage.Snapshot.Defects.Report(passage.Route, defect);
        try
        {
            var response = passage.Http.Response;
            response.Clear();
            response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            response.Headers.RetryAfter = "1";
        }
        catch (InvalidOperationException)
        {
            // The head is out already: a cut connection is the only honest answer left.
            passage.Http.Abort();
        }

        End(passage, new(RequestOutcome.Failed, Place.None));
    }

    // Throws where a header is one that the server does not take; Fail ends the request then.
    private Task Write(Passage passage) =>
        passage.Answer is { } answer ? _answers.WriteAsync(passage, answer)
        : passage.Good is { } good ? _answers.WriteAsync(passage, good)
        : passage.Degraded is { } degraded ? _answers.WriteAsync(passage, degraded)
        : _answers.WriteAsync(passage, passage.Rejection);

    private async Task EndAfterAsync(Passage passage, Task written, Ending ending)
    {
        try
        {
            await written.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            ending = ending with { Outcome = RequestOutcome.Aborted };
        }

        End(passage, passage.ClientLeft ? ending with { Outcome = RequestOutcome.Aborted } : ending);
    }

    // The request has ended already: a defect here is told, and is no request's.
    private void Log(Passage passage, in Ending ending, AccessLogPlan plan, long now)
    {
        try
        {
            access?.Add(plan, passage, ending, now - passage.StartedAt);
        }
        catch (Exception defect)
        {
            passage.Snapshot.Defects.Report("access-log", defect);
        }
    }
}
