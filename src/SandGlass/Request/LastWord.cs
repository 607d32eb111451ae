using SandGlass.Algorithms;

namespace SandGlass.Request;

/// <summary>
/// What the client gets once it is known: the backend's answer as it was passed on, a kept one, a degraded one, another backend's, or why there
/// is none. Nothing is awaited where the answer fits into the response's buffer.
/// </summary>
/// <param name="end">Ends the request.</param>
/// <param name="refresher">Is told of answers to renew.</param>
/// <param name="diversion">Asks other backends.</param>
/// <param name="draining">Tells clients of the stop.</param>
/// <param name="time">The clock.</param>
internal sealed class LastWord(RequestEnd end, Refresher refresher, Diversion diversion, Draining draining, TimeProvider time)
{
    /// <summary>Forwarding is over.</summary>
    public Task Finish(Passage passage, in ForwardResult result)
    {
        switch (result.End)
        {
            case ForwardEnd.Answered when passage is { ClientLeft: true, Answer: not null }:
                // Fetched for those who wait or come later.
                end.End(passage, new(RequestOutcome.Aborted, Place.Forward) { Permit = result.Permit });
                return Task.CompletedTask;

            case ForwardEnd.Answered when passage.Answer is not null:
                return Give(passage, result.Permit);

            case ForwardEnd.Answered:
                var outcome = result.Status >= 500 ? RequestOutcome.Failed : RequestOutcome.Served;
                end.End(passage, new(outcome, Place.Forward) { Permit = result.Permit });
                return Task.CompletedTask;

            case ForwardEnd.ClientLeft:
                end.End(passage, new(RequestOutcome.Aborted, Place.Forward));
                return Task.CompletedTask;

            case ForwardEnd.CutOff:
                end.End(passage, new(RequestOutcome.Failed, Place.Forward) { Permit = result.Permit });
                return Task.CompletedTask;

            default:
                passage.Rejection = Rejections.Of(passage, result);
                return Decline(passage, result.Permit);
        }
    }

    /// <summary>A rule has refused; null: no route matches.</summary>
    public Task Refuse(Passage passage, Rule? rule, in Verdict verdict)
    {
        if (passage.ClientLeft || verdict.Reason == Reasons.Abandoned)
        {
            end.End(passage, new(RequestOutcome.Aborted, rule?.Layer.Place ?? Place.None));
            return Task.CompletedTask;
        }

        passage.Rejection = Rejections.Of(passage, rule, verdict);
        return Decline(passage, Outcome.Ignored);
    }

    /// <summary>Gives what a layer has put into the passage: a kept answer or a degraded one.</summary>
    public Task Give(Passage passage) => Give(passage, Outcome.Success);

    // No answer of the backend's for this request: the nearest layer that has another one gives it.
    private Task Decline(Passage passage, Outcome permit)
    {
        var now = time.GetTimestamp();
        var response = passage.Http.Response;
        var rejection = passage.Rejection;
        // The ending's permit speaks of the backend; whose fault it was is the outcome.
        var ending = new Ending(rejection.IsFailure ? RequestOutcome.Failed : RequestOutcome.Refused, rejection.Layer) { Permit = permit };
        if (response.HasStarted)
        {
            passage.Http.Abort();
            end.End(passage, ending);
            return Task.CompletedTask;
        }

        response.Clear();
        draining.Tell(passage.Http);
        passage.Answer = null;
        passage.Degraded = null;
        passage.Good = null;
        return RuleWalk.TryRescue(passage, rejection, now) ? Give(passage, permit) : end.EndAfter(passage, ending);
    }

    private Task Give(Passage passage, Outcome permit)
    {
        refresher.Begin(passage);
        if (passage is { Answer: null, Degraded.Backend: not null })
        {
            return diversion.GoAsync(passage, permit);
        }

        if (passage.Answer is null)
        {
            return end.EndAfter(passage, new(RequestOutcome.Fallback, passage.Rejection.Layer) { Permit = permit });
        }

        var layer = passage.AnswerOutcome switch
        {
            RequestOutcome.Served => Place.Forward,
            RequestOutcome.Fallback => passage.Rejection.Layer,
            _ => Place.Coalesce,
        };
        return end.EndAfter(passage, new(passage.AnswerOutcome, layer) { Permit = permit });
    }
}
