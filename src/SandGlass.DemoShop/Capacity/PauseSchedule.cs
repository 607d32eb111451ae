namespace SandGlass.DemoShop;

/// <summary>
/// A runtime that stops the world: at the end of every period nothing moves for a while. Work that meets a pause waits it out.
/// A plain function of the time, so no timer runs when no request does.
/// </summary>
internal static class PauseSchedule
{
    /// <param name="at">Milliseconds since the schedule began.</param>
    /// <param name="work">Milliseconds of work to do.</param>
    /// <param name="every">The period; 0 means no pauses.</param>
    /// <param name="pause">The pause that ends each period, shorter than the period.</param>
    /// <returns>Milliseconds until the work is done.</returns>
    public static double Stretch(double at, double work, double every, double pause)
    {
        if (every <= 0 || pause <= 0)
        {
            return work;
        }

        var awake = every - pause;
        var phase = at % every;
        var before = Math.Min(phase, awake);            // work this period could have done up to now
        var waited = Math.Max(0, phase - awake);        // part of the present pause already over
        var pauses = phase >= awake ? 1 + Math.Floor(work / awake) : Math.Floor((before + work) / awake);
        return work + pauses * pause - waited;
    }
}
