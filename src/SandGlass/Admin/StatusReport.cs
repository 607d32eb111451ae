using System.Reflection;
using SandGlass.Alarms;
using SandGlass.Algorithms.Breaking;
using SandGlass.Events;
using SandGlass.Hosting;
using SandGlass.Layers.Switch;
using SandGlass.Policy;
using SandGlass.Request;
using SandGlass.Telemetry;

namespace SandGlass.Admin;

/// <summary>Puts the status together: totals as they are now, rates of the last second.</summary>
internal sealed class StatusReport(GatewayHost host, Sampler sampler, AlarmBoard alarms, PlanReport plans)
{
    private readonly long _started = host.Options.Time.GetTimestamp();

    public static string Version { get; } =
        (typeof(StatusReport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0").Split('+')[0];

    public StatusDocument Make()
    {
        var time = host.Options.Time;
        var snapshot = host.Store.Current;
        var rates = sampler.Now;
        var all = Cells.Of(host.State.Ledger.Tallies, rates);
        var last = host.Store.Last;
        return new(
            snapshot.Policy.Name,
            Version,
            snapshot.Revision,
            Math.Round(time.GetElapsedTime(_started).TotalSeconds, 1),
            time.GetLocalNow(),
            host.Draining ? "draining" : "ready",
            Requests(all),
            [.. Layers(all, rates)],
            [.. snapshot.Policy.Chains.Select(c => Chain(c.Key, c.Value, snapshot, rates))],
            [.. snapshot.Backends.Values.OrderBy(static b => b.Name, StringComparer.Ordinal).Select(Backend)],
            [.. snapshot.Switches.Values.OrderBy(static s => s.Name, StringComparer.Ordinal).Select(s => SwitchReport.Of(s, snapshot, rates, host.State.Fleet.Share))],
            [.. RateLimitReport.Of(snapshot, host.State)],
            AlarmEndpoints.Report(alarms),
            plans.All(),
            [.. ShadowReport.Of(snapshot, host.State, rates)],
            new(
                snapshot.Revision,
                snapshot.LoadedAt,
                host.Store.Reloads is (1, 0) ? "none" : last.Accepted ? "ok" : "rejected",
                host.Store.Reloads is (1, 0) ? null : last.At,
                last.Problems,
                last.Accepted ? null : last.Revision),
            EventClock.Read(snapshot.Policy, time.GetUtcNow()),
            rates.Machine,
            host.State.Guard.Status,
            [.. FallbackReport.Of(snapshot, time)],
            FallbackReport.LastGood(host.State));
    }

    public SwitchStatus Switch(SwitchPlan plan) => SwitchReport.Of(plan, host.Store.Current, sampler.Now, host.State.Fleet.Share);

    private RequestsStatus Requests(Cells cells)
    {
        var outcomes = cells.Outcomes();
        return new(
            outcomes.Sum(static o => o.Total), Math.Round(outcomes.Sum(static o => o.PerSecond), 1), host.State.Ledger.UnderWay, outcomes);
    }

    // Each layer is reached by what the layers before it let pass.
    private IEnumerable<LayerStatus> Layers(Cells cells, Rates rates)
    {
        var reached = cells.Sum(static (_, _) => true);
        var shadows = host.State.Shadows.GroupBy(static s => s.Layer, s => new Flow(s.Total, rates.Shadowed(s.Layer, s.Rule)))
            .ToDictionary(static g => g.Key, static g => g.Aggregate(static (a, b) => a + b));
        foreach (var place in Places.All.Where(static p => p != Place.None))
        {
            yield return new(
                place.Word(),
                (int)place,
                reached,
                cells.Sum((o, p) => p == place && o == RequestOutcome.Refused),
                cells.Sum((o, p) => p == place && o == RequestOutcome.Fallback),
                cells.Sum((o, p) => p == place && o is (RequestOutcome.Hit or RequestOutcome.Stale or RequestOutcome.Collapsed)),
                shadows.GetValueOrDefault(place.Word()));
            // What no route takes leaves between Trust and the rest.
            reached -= cells.Sum((_, p) => p == place || (place == Place.Trust && p == Place.None));
        }
    }

    private ChainStatus Chain(string name, ChainPolicy policy, Snapshot snapshot, Rates rates)
    {
        var routes = snapshot.Routes.Where(r => r.Chain == name).Select(r => Route(r, rates)).ToArray();
        var outcomes = Cells.Of(snapshot.Routes.Where(r => r.Chain == name).Select(static r => r.Tally), rates).Outcomes();
        var busiest = routes.MaxBy(static r => r.PerSecond);
        return new(
            name,
            Kebab(policy.Criticality),
            Math.Round(outcomes.Sum(static o => o.PerSecond), 1),
            outcomes,
            busiest?.P50Ms ?? 0,
            routes.Length == 0 ? 0 : routes.Max(static r => r.P99Ms),
            routes);
    }

    private RouteStatus Route(RoutePlan route, Rates rates)
    {
        var outcomes = Cells.Of([route.Tally], rates).Outcomes();
        var (p50, p99) = sampler.Latency(route.Tally);
        var position = host.State.Breakers.TryGetValue(route.Name, out var breaker)
            ? breaker.Position(host.Options.Time.GetTimestamp()) : BreakerPosition.Closed;
        return new(route.Name, Math.Round(outcomes.Sum(static o => o.PerSecond), 1), outcomes, p50, p99, Kebab(position), breaker?.Forced(host.Options.Time.GetTimestamp()) is not null);
    }

    private BackendStatus Backend(Yarp.BackendPlan backend)
    {
        var (plan, state) = (backend.Gate.Plan, backend.Gate.State);
        var limit = state.Limit.Status(plan.Limit);
        return new(
            backend.Name,
            limit.Limit,
            state.Gate.InFlight,
            state.Gate.Queued,
            state.Gate.CapacityNow(plan),
            Math.Round(limit.Ratio, 2),
            Math.Round(limit.Base * 1000 / host.Options.Time.TimestampFrequency, 1),
            Math.Round(limit.Throughput, 1),
            Kebab(limit.Phase),
            limit.Reason,
            limit.Told,
            [.. backend.Destinations.Select(Destination)]);
    }

    private DestinationStatus Destination(Yarp.DestinationPlan one)
    {
        var now = host.Options.Time.GetTimestamp();
        var health = one.Backend.Health is not null && !one.State.Probes.Healthy ? "unhealthy"
            : one.Backend.Ejection is not null && one.State.Outliers.IsEjected(now) ? "ejected"
            : "healthy";
        return new(
            one.Name, one.Prefix, one.State.InFlight, one.State.Successes.Sum(), one.State.Failures.Sum(), health, Math.Round(one.Backend.ShareOf(one, now), 2));
    }

    internal static string Kebab<T>(T value)
        where T : struct, Enum => System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
}
