using Microsoft.Extensions.ObjectPool;
using SandGlass.Algorithms;

namespace SandGlass.Request;

/// <summary>
/// Renews stale answers in the background. The client has its stale one; the fetch that renews it goes the rest of the way by itself, with a
/// request and a passage of its own, and is counted as nobody's request.
/// </summary>
/// <param name="pool">Where its passages are from.</param>
/// <param name="forwarder">Asks the backend.</param>
/// <param name="time">The clock.</param>
internal sealed class Refresher(ObjectPool<Passage> pool, IForwarder forwarder, TimeProvider time)
{
    /// <summary>Begins the fetch that goes with a request, where there is one to begin; once.</summary>
    public void Begin(Passage from)
    {
        if (from.Refresh is { } flight)
        {
            Begin(from, flight);
        }
    }

    private void Begin(Passage from, Layers.Coalesce.Flight flight)
    {
        var now = time.GetTimestamp();
        var passage = pool.Get();
        passage.BeginRefresh(from, RehearsedRequest.Detach(from.Http), flight, from.RefreshFrom, now);
        from.Refresh = null;
        _ = Task.Run(() => RunAsync(passage));
    }

    private async Task RunAsync(Passage passage)
    {
        var permit = Outcome.Ignored;
        try
        {
            var (verdict, rule) = Asking.Rest(passage, time.GetTimestamp());
            while (verdict.Kind == VerdictKind.Wait)
            {
                verdict = await rule!.Layer.WaitAsync(passage, rule).ConfigureAwait(false);
                if (verdict.Admitted)
                {
                    passage.Entered++;
                    (verdict, rule) = Asking.Rest(passage, time.GetTimestamp());
                }
            }

            if (verdict.Admitted)
            {
                permit = (await forwarder.ForwardAsync(passage).ConfigureAwait(false)).Permit;
            }
        }
        catch (Exception defect)
        {
            passage.Snapshot.Defects.Report(passage.Route, defect);
        }

        RuleWalk.Back(passage, new(RequestOutcome.Served, Place.Forward) { Permit = permit }, time.GetTimestamp());
        pool.Return(passage);
    }
}
