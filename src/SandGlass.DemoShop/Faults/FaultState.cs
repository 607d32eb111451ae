namespace SandGlass.DemoShop;

/// <summary>
/// The faults of one backend and what has happened under them: how far the leak has grown, when the pauses began.
/// Setting faults makes a new one, so setting is also resetting. A request takes one and keeps it.
/// </summary>
internal sealed class FaultState(Faults faults, TimeProvider time)
{
    private readonly long began = time.GetTimestamp();
    private long served;

    public Faults Faults { get; } = faults;

    /// <summary>Nothing takes time and nothing goes wrong: the request runs straight through, without worker, timer or dice.</summary>
    public bool Idle { get; } = !TakesWork(faults) && faults is
    {
        LatencyMs: 0,
        ErrorRatio: 0,
        HangRatio: 0,
        ResetRatio: 0,
        SlowDripMs: 0,
        BadContentLength: false,
        Malformed: Malformation.None,
    };

    /// <summary>Whether a request needs a worker at all.</summary>
    public bool Works { get; } = TakesWork(faults);

    /// <summary>What every request asks first, or null.</summary>
    public SessionStore? Sessions { get; } = faults.RedisPort > 0 ? new(faults.RedisPort) : null;

    /// <summary>How long a worker is busy with a request that starts now.</summary>
    /// <param name="dice">The backend's chance.</param>
    /// <param name="inFlight">Requests that are in the backend.</param>
    /// <param name="kilobytes">Of its body.</param>
    /// <param name="items">That it asks for at once.</param>
    public TimeSpan Work(Dice dice, long inFlight, double kilobytes = 0, double items = 0)
    {
        var work = Faults.ServiceTimeMs > 0 ? dice.Around(Faults.ServiceTimeMs) : 0;
        work += (Faults.WorkPerKilobyte * kilobytes) + (Faults.WorkPerItem * items);
        work += Faults.SlowdownPerRequest * (Interlocked.Increment(ref served) - 1);
        work += Faults.LatencyPerInFlight * inFlight;
        work = PauseSchedule.Stretch(time.GetElapsedTime(began).TotalMilliseconds, work, Faults.PauseEveryMs, Faults.PauseForMs);
        return TimeSpan.FromMilliseconds(Math.Min(work, int.MaxValue));     // a leak left alone outgrows what a timer takes
    }

    private static bool TakesWork(Faults faults) =>
        faults.ServiceTimeMs > 0 || faults.SlowdownPerRequest > 0 || faults.LatencyPerInFlight > 0 || faults.PauseEveryMs > 0
        || faults.WorkPerKilobyte > 0 || faults.WorkPerItem > 0 || faults.RedisPort > 0;
}
