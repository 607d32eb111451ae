using SandGlass.Algorithms;
using SandGlass.Layers.Shed;

namespace SandGlass.Request;

/// <summary>Another backend answers in the place of the request's own, as long as the chain of fallbacks has one to ask (<see cref="OtherBackend"/>).</summary>
/// <param name="end">Ends the request.</param>
/// <param name="forwarder">Asks backends.</param>
/// <param name="time">The clock.</param>
/// <param name="draining">Tells clients of the stop.</param>
/// <param name="goOn">Takes a request on from the rule at which it stands.</param>
internal sealed class Diversion(RequestEnd end, IForwarder forwarder, TimeProvider time, Draining draining, Func<Passage, Task> goOn)
{
    /// <summary>Asks the backend of the fallback that is in the passage, then those of its successors.</summary>
    /// <param name="passage">The request.</param>
    /// <param name="permit">What became of the request says this about its own backend.</param>
    public async Task GoAsync(Passage passage, Outcome permit)
    {
        // What failed holds nothing any more while another is asked, and is not taken for it. The client's request is under way still.
        RuleWalk.Part(passage, new(RequestOutcome.Fallback, passage.Rejection.Layer) { Permit = permit }, time.GetTimestamp());
        (passage.Leads, passage.Flight) = (false, null);
        var ending = new Ending(RequestOutcome.Fallback, passage.Rejection.Layer) { Permit = permit };
        while (passage is { Answer: null, Degraded: { Backend: not null } plan })
        {
            // Its body, too, is waited for before a permit is taken, unless it has been, or has gone to a backend already.
            var fault = passage.ForwardedAt != 0 || UploadWait.IsHere(passage) ? null : FaultOf(await UploadWait.ReadAsync(passage, time).ConfigureAwait(false));
            var came = fault ?? await OtherBackend.AskAsync(passage, plan, forwarder, time).ConfigureAwait(false);
            if (came.End == ForwardEnd.ClientFault && !passage.Http.Response.HasStarted && !passage.ClientLeft)
            {
                Clear(passage);
                passage.Rejection = Rejections.Of(passage, came);
                ending = ending with { Outcome = RequestOutcome.Refused, Layer = Place.Trust };
                break;
            }

            if (came.End is not (ForwardEnd.Withheld or ForwardEnd.Unreachable or ForwardEnd.TimedOut or ForwardEnd.Expired) || passage.ClientLeft)
            {
                end.End(passage, came.End switch
                {
                    ForwardEnd.Answered => ending,
                    ForwardEnd.CutOff => ending with { Outcome = RequestOutcome.Failed },
                    ForwardEnd.ClientFault => ending with { Outcome = RequestOutcome.Refused, Layer = Place.Trust },
                    _ => ending with { Outcome = RequestOutcome.Aborted },
                });
                return;
            }

            Clear(passage);
            if (passage.Rejection.Layer == Place.Fallback)
            {
                await Resume(passage).ConfigureAwait(false);
                return;
            }

            if (!RuleWalk.TryRescue(passage, passage.Rejection with { DivertTo = plan.Else }, time.GetTimestamp()))
            {
                ending = ending with { Outcome = passage.Rejection.IsFailure ? RequestOutcome.Failed : RequestOutcome.Refused };
            }
        }

        await end.EndAfter(passage, ending).ConfigureAwait(false);
    }

    private static ForwardResult? FaultOf(in Verdict verdict) => verdict.Admitted ? null
        : verdict.Reason == UploadWait.Reason ? new ForwardResult(ForwardEnd.ClientFault, (int)verdict.Measured)
        : new ForwardResult(ForwardEnd.ClientLeft, 0);

    private void Clear(Passage passage)
    {
        passage.Http.Response.Clear();
        draining.Tell(passage.Http);
        (passage.Answer, passage.Degraded, passage.Good) = (null, null, null);
    }

    // The other backend was only tried, and cannot: the request goes its way as if nothing had been.
    private Task Resume(Passage passage)
    {
        passage.Holding = Holding.All;
        passage.Rejection = default;
        passage.Choose(passage.Route.Backend?.InCharge(passage, time.GetTimestamp()));
        passage.Entered++;
        return goOn(passage);
    }
}
