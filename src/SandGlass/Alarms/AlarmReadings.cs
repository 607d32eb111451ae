using SandGlass.Algorithms.Breaking;
using SandGlass.Policy;
using SandGlass.Request;
using SandGlass.Telemetry;

namespace SandGlass.Alarms;

/// <summary>What alarms are set on, read from the live counters. Asked by one thread, after the sampler's beat; pages may ask too.</summary>
/// <param name="state">What has happened.</param>
/// <param name="store">The policy.</param>
/// <param name="sampler">Rates and latencies.</param>
/// <param name="folder">A folder on the disk that must not fill up: the state's.</param>
/// <param name="certificates">Seconds until the first certificate of our listeners runs out; NaN where there is none.</param>
public sealed class AlarmReadings(GatewayState state, PolicyStore store, Sampler sampler, string folder, Func<double>? certificates = null)
{
    // A member that has been missing for longer was taken out on purpose.
    private static readonly TimeSpan PeakLasts = TimeSpan.FromMinutes(10);

    private (int Members, long At) _peak;

    /// <summary>CPU used of what the process may use, over the last second.</summary>
    public double Cpu => sampler.Now.Machine.Cpu;

    /// <summary>Memory used of what the process may use. The guard tells it as a part of its own bound.</summary>
    public double Memory => Math.Round(state.Guard.Status.Memory * store.Current.Policy.Shedding.Self.Memory, 3);

    /// <summary>Used of the disk that holds the state; NaN where it cannot be asked.</summary>
    public double Disk
    {
        get
        {
            try
            {
                var disk = new DriveInfo(folder);
                return disk.TotalSize > 0 ? Math.Round(1 - ((double)disk.AvailableFreeSpace / disk.TotalSize), 3) : double.NaN;
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
            {
                return double.NaN;
            }
        }
    }

    /// <summary>How full the network is, and how well it carries.</summary>
    public NetworkReading Network => sampler.Now.Network;

    /// <summary>Seconds until the first certificate of our listeners runs out, below 0 once it has; NaN where there is none.</summary>
    public double CertificateLeft => certificates?.Invoke() ?? double.NaN;

    /// <summary>Seconds since the oldest list of trusted ranges was last compared with what the CDN publishes; NaN where the policy names none.</summary>
    public double CidrFileAge => store.Current.Trust.OldestListSeconds(state.Time);

    /// <summary>The largest share that a hot key has of its route's requests; NaN where no route looks for hot keys.</summary>
    public double HotKeyShare
    {
        get
        {
            var now = state.Time.GetTimestamp();
            return store.Current.HotKeys.Select(rule => rule.HottestShare(now)).DefaultIfEmpty(double.NaN).Max();
        }
    }

    /// <summary>Fallbacks that could not be given when that was tried last.</summary>
    public double FallbacksBroken => store.Current.Fallbacks.Values.Count(static f => f.State.Broken is not null);

    /// <summary>Requests that wait for a backend.</summary>
    public double Queued => store.Current.Backends.Values.Sum(static b => b.Gate.State.Gate.Queued);

    /// <summary>Destinations that get nothing because of their probes or their failures.</summary>
    public double DestinationsOut
    {
        get
        {
            var now = state.Time.GetTimestamp();
            return store.Current.Backends.Values.SelectMany(static b => b.Destinations).Count(d => d.Backend.ShareOf(d, now) <= 0);
        }
    }

    /// <summary>How many members fewer the fleet has than at its largest in the last ten minutes.</summary>
    public double MembersLost
    {
        get
        {
            var (members, now) = (state.Fleet.Members, state.Time.GetTimestamp());
            if (members >= _peak.Members || state.Time.GetElapsedTime(_peak.At, now) > PeakLasts)
            {
                _peak = (members, now);
            }

            return _peak.Members - members;
        }
    }

    /// <summary>1 while a fleet's Redis does not answer.</summary>
    public double RedisAway => store.Current.Fleet is not null && !state.Fleet.IsUp ? 1 : 0;

    /// <summary>1 from a policy that was turned away to the next one that is taken.</summary>
    public double PolicyRejected => store.Last.Accepted ? 0 : 1;

    /// <summary>Breakers of these routes that are open.</summary>
    public double BreakersOpen(IReadOnlyList<RoutePlan> routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        var now = state.Time.GetTimestamp();
        return routes.Count(r => state.Breakers.TryGetValue(r.Name, out var breaker) && breaker.Position(now) == BreakerPosition.Open);
    }

    /// <summary>A quantile of the good answers of these routes in the last ten to twenty seconds, seconds; NaN without any.</summary>
    public double Latency(IReadOnlyList<RoutePlan> routes, double q) => sampler.Latency(routes.Select(static r => r.Tally), q);

    /// <summary>Of the last second's requests of these routes those that are part of a share, and all but those whose client left.</summary>
    public (long Part, long Whole) Share(IReadOnlyList<RoutePlan> routes, Func<RequestOutcome, Place, bool> isPart)
    {
        ArgumentNullException.ThrowIfNull(routes);
        ArgumentNullException.ThrowIfNull(isPart);
        var gains = sampler.Now.Gains;
        var (part, whole) = (0L, 0L);
        foreach (var route in routes)
        {
            if (!gains.TryGetValue(route.Tally, out var cells))
            {
                continue;
            }

            for (var cell = 0; cell < cells.Length; cell++)
            {
                var outcome = (RequestOutcome)(cell / Places.Count);
                if (cells[cell] > 0 && outcome != RequestOutcome.Aborted)
                {
                    whole += cells[cell];
                    part += isPart(outcome, (Place)(cell % Places.Count * 10)) ? cells[cell] : 0;
                }
            }
        }

        return (part, whole);
    }
}
