using SandGlass.Algorithms;
using SandGlass.Layers.Fallback;

namespace SandGlass.Request;

/// <summary>
/// Asks the backend that a fallback names: with a permit of that backend's own limit, at once or not at all. Whoever is diverted does not
/// wait in its queue: those whose own backend it is come first.
/// </summary>
internal static class OtherBackend
{
    /// <summary>Asks; the answer goes to the client as it comes.</summary>
    public static async Task<ForwardResult> AskAsync(Passage passage, FallbackPlan plan, IForwarder forwarder, TimeProvider time)
    {
        var backend = plan.Backend!.InCharge(passage, time.GetTimestamp());
        if (!backend.Gate.TryPass(passage, time.GetTimestamp(), out passage.Permit))
        {
            return new(ForwardEnd.Unreachable, StatusCodes.Status502BadGateway);
        }

        var permit = Outcome.Ignored;
        try
        {
            passage.Backend = backend;
            var result = await forwarder.ForwardAsync(passage).ConfigureAwait(false);
            permit = result.Permit;
            if (result.End == ForwardEnd.Answered)
            {
                plan.State.Proved(passage.Rejection.Layer == Place.Fallback ? FallbackProof.Exercise : FallbackProof.Use, time);
            }

            return result;
        }
        catch (Exception defect)
        {
            passage.Snapshot.Defects.Report(passage.Route, defect);
            return new(passage.Http.Response.HasStarted ? ForwardEnd.CutOff : ForwardEnd.Unreachable, StatusCodes.Status502BadGateway);
        }
        finally
        {
            passage.GiveBackPermit(permit, time.GetTimestamp());
        }
    }
}
