using SandGlass.Algorithms;
using SandGlass.Request;

namespace SandGlass.Layers.Coalesce;

/// <summary>
/// Lets those go who have waited for a fetch that brought them nothing: a few at a time (<see cref="Flight.NextRelease"/>), a step apart that is about as
/// long as the fetch took.
/// </summary>
/// <param name="time">The clock of waiting.</param>
internal sealed class PacedRelease(TimeProvider time)
{
    private static readonly TimeSpan LeastStep = TimeSpan.FromMilliseconds(5), MostStep = TimeSpan.FromMilliseconds(100);

    /// <summary>What is left until then; never less than nothing.</summary>
    public TimeSpan Left(long until)
    {
        var now = time.GetTimestamp();
        return until > now ? time.GetElapsedTime(now, until) : TimeSpan.Zero;
    }

    /// <summary>Holds one back until its turn has come; then it goes alone.</summary>
    /// <param name="passage">The request.</param>
    /// <param name="plan">The route's rule.</param>
    /// <param name="flight">What it has waited for.</param>
    /// <param name="until">When it has to go at the latest, monotonic ticks.</param>
    /// <param name="why">What <c>Cache-Status</c> says of it.</param>
    public async ValueTask<Verdict> ReleaseAsync(Passage passage, CoalescePlan plan, Flight flight, long until, string why)
    {
        var took = time.GetElapsedTime(Math.Min(flight.StartedAt, until), time.GetTimestamp());
        var wait = flight.NextRelease(took < LeastStep ? LeastStep : took > MostStep ? MostStep : took, Left(until));
        if (wait > TimeSpan.Zero)
        {
            try
            {
                await Task.Delay(wait, time, passage.Http.RequestAborted).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return Verdict.Refuse("client-left", 0, 0);
            }
        }

        return Course.Alone(passage, plan, why, plan.Counts.Bypass);
    }
}
