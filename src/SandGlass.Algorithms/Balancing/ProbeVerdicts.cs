namespace SandGlass.Algorithms.Balancing;

/// <summary>
/// What active probes say about one destination, with hysteresis: two failures in a row make it unhealthy, two successes healthy again, so that one
/// lost packet moves no traffic. Healthy until proven otherwise: a gateway that starts must not refuse all until the first probes are back.
/// One prober writes, all read.
/// </summary>
public sealed class ProbeVerdicts
{
    /// <summary>Failures in a row that make it unhealthy.</summary>
    public const int Failures = 2;

    /// <summary>Successes in a row that make it healthy again.</summary>
    public const int Successes = 2;

    private int _against;
    private bool _unhealthy;
    private long _since = OutlierDetector.Never;

    /// <summary>Whether it may be used.</summary>
    public bool Healthy => !Volatile.Read(ref _unhealthy);

    /// <summary>The tick since which it is as it is; <see cref="OutlierDetector.Never"/> when it has always been.</summary>
    public long Since => Volatile.Read(ref _since);

    /// <summary>A probe has ended.</summary>
    /// <returns>Whether that changed it.</returns>
    public bool Report(bool good, long now)
    {
        if (good != _unhealthy)
        {
            _against = 0;
            return false;
        }

        if (++_against < (good ? Successes : Failures))
        {
            return false;
        }

        _against = 0;
        Volatile.Write(ref _since, now);
        Volatile.Write(ref _unhealthy, !good);
        return true;
    }

    /// <summary>Another server stands behind the name now.</summary>
    public void Forget()
    {
        _against = 0;
        Volatile.Write(ref _since, OutlierDetector.Never);
        Volatile.Write(ref _unhealthy, false);
    }
}
