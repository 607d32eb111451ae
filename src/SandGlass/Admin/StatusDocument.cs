using SandGlass.Events;
using SandGlass.Fleet;
using SandGlass.Guarding;
using SandGlass.Telemetry;

namespace SandGlass.Admin;

// The shape of GET /api/status and of the stream. Totals since the start, rates of the last second.

/// <summary>All there is to see at a glance.</summary>
public sealed record StatusDocument(
    string Name,
    string Version,
    string Revision,
    double UptimeSeconds,
    DateTimeOffset Time,
    string State,
    RequestsStatus Requests,
    IReadOnlyList<LayerStatus> Layers,
    IReadOnlyList<ChainStatus> Chains,
    IReadOnlyList<BackendStatus> Backends,
    IReadOnlyList<SwitchStatus> Switches,
    IReadOnlyList<RateLimitStatus> RateLimits,
    IReadOnlyList<AlarmReport> Alarms,
    IReadOnlyList<PlanStatus> Plans,
    IReadOnlyList<ShadowStatus> Shadow,
    PolicyStatus Policy,
    EventStatus? Event,
    MachineReading Machine,
    GuardStatus Guard,
    IReadOnlyList<FallbackStatus> Fallbacks,
    LastGoodStatus? LastGood);

/// <summary>
/// One fallback. <paramref name="Kind"/>: "fixed", "last-good" or "backend"; <paramref name="ProvenBy"/>: "use", "exercise" or "synthetic", null before it was
/// ever shown to work; <paramref name="Broken"/>: why it could not be given when that was tried last, null where it could. Then how often it worked.
/// </summary>
public sealed record FallbackStatus(
    string Name,
    string Kind,
    string? Else,
    IReadOnlyList<string> Routes,
    DateTimeOffset? LastProven,
    string? ProvenBy,
    double? ProvenSecondsAgo,
    string? Broken,
    long Used,
    long Exercised,
    long Built);

/// <summary>The last good answers of all routes: keys, and bytes of at most how many.</summary>
public sealed record LastGoodStatus(int Keys, long Bytes, long MaxBytes);

/// <summary>A total and its rate.</summary>
public readonly record struct Flow(long Total, double PerSecond)
{
    /// <summary>Both together.</summary>
    public static Flow operator +(Flow a, Flow b) => new(a.Total + b.Total, Math.Round(a.PerSecond + b.PerSecond, 1));

    /// <summary>What is left of the first.</summary>
    public static Flow operator -(Flow a, Flow b) => new(a.Total - b.Total, Math.Round(a.PerSecond - b.PerSecond, 1));
}

/// <summary>All requests.</summary>
public sealed record RequestsStatus(long Total, double PerSecond, long UnderWay, IReadOnlyList<OutcomeStatus> Outcomes);

/// <summary>One outcome.</summary>
public sealed record OutcomeStatus(string Outcome, long Total, double PerSecond);

/// <summary>One layer: how many reached it, and what it took out.</summary>
public sealed record LayerStatus(string Name, int Order, Flow Reached, Flow Refused, Flow Fallback, Flow Answered, Flow Shadow);

/// <summary>One chain.</summary>
public sealed record ChainStatus(
    string Name,
    string Criticality,
    double PerSecond,
    IReadOnlyList<OutcomeStatus> Outcomes,
    double P50Ms,
    double P99Ms,
    IReadOnlyList<RouteStatus> Routes);

/// <summary>One route.</summary>
public sealed record RouteStatus(
    string Name, double PerSecond, IReadOnlyList<OutcomeStatus> Outcomes, double P50Ms, double P99Ms, string Breaker, bool Forced);

/// <summary>One backend. <paramref name="Told"/>: whether R (<paramref name="Ratio"/>) is what the backend itself says of its queue.</summary>
public sealed record BackendStatus(
    string Name,
    int Limit,
    int InFlight,
    int Queued,
    int QueueCapacity,
    double Ratio,
    double BaseMs,
    double PerSecond,
    string Phase,
    string Reason,
    bool Told,
    IReadOnlyList<DestinationStatus> Destinations);

/// <summary>
/// One destination. <paramref name="Health"/>: "healthy", "unhealthy", or "ejected"; <paramref name="Share"/>: what it gets of its part of the requests,
/// 0 while it is left out, less than 1 while it comes back.
/// </summary>
public sealed record DestinationStatus(string Name, string Address, int InFlight, long Successes, long Failures, string Health, double Share);

/// <summary>
/// One switch. <paramref name="Version"/> grows with each change; <paramref name="Etag"/>, without its quotes, is what <c>If-Match</c> names. In a fleet: <paramref name="Gateway"/>, where it was
/// thrown; <paramref name="Fleet"/>, on how many gateways it stands as it does here; <paramref name="Conflict"/>, a change that was made elsewhere
/// without having heard of this one, and lost, until somebody throws the switch again.
/// </summary>
public sealed record SwitchStatus(
    string Id,
    string? Description,
    bool On,
    DateTimeOffset? Since,
    DateTimeOffset? Until,
    string? By,
    string? Reason,
    SwitchEffect Effect,
    long Version,
    string Etag,
    string? Gateway,
    FleetStanding? Fleet,
    SwitchConflict? Conflict);

/// <summary>A change of a switch that lost.</summary>
public sealed record SwitchConflict(bool On, string? By, string? Reason, string? Gateway, DateTimeOffset? Since, long Version);

/// <summary>
/// One rate limit. <paramref name="Bound"/>: the most tokens a key is given over rate × time, in any time; <paramref name="Lease"/>: tokens in hand here, of
/// <paramref name="Leased"/> keys; <paramref name="Redis"/>: "up", "down", or "none" where this gateway counts alone, with the reason in <paramref name="Trouble"/>.
/// </summary>
public sealed record RateLimitStatus(
    string Rule, string Scope, string? Rate, int Members, double Bound, double Lease, int Leased, string Redis, string? Trouble, long Admitted, long Refused);

/// <summary>
/// One alarm. <paramref name="State"/>: "quiet", "pending" or "firing"; <paramref name="Value"/>: seconds for latencies, null while it is not known.
/// </summary>
public sealed record AlarmReport(
    string Name, string Severity, string State, string Text, string? Description, string Metric, string? Chain, double? Value, DateTimeOffset? Since);

/// <summary>What a switch touches, by the traffic of the last second.</summary>
public sealed record SwitchEffect(IReadOnlyList<string> Routes, double ShareOfTraffic, double RequestsPerSecond);

/// <summary>
/// A rule that lets pass what it would have acted on: for how many of 100 clients it acts already, how often it would have for the others,
/// and on which routes it stands.
/// </summary>
public sealed record ShadowStatus(
    string Layer, string Rule, string Mode, double EnforcePercent, long Would, double PerSecond, IReadOnlyList<string> Routes);

/// <summary>The policy and its last change. <paramref name="Rejected"/>: the revision that was turned away last, until the file is mended.</summary>
public sealed record PolicyStatus(
    string Revision, DateTimeOffset LoadedAt, string LastReload, DateTimeOffset? LastReloadAt, IReadOnlyList<string> Problems, string? Rejected);
