using SandGlass.Request;

namespace SandGlass.Alarms;

/// <summary>In what a level is written.</summary>
public enum AlarmUnit
{
    /// <summary>0..1.</summary>
    Fraction,

    /// <summary>"300ms".</summary>
    Duration,

    /// <summary>A number from 0 up.</summary>
    Count,
}

/// <summary>
/// What an alarm can be set on: THE table of the words, their units, how each is read here, and how Prometheus reads the same. What is a
/// share is read as a part and a whole, and measured over <see cref="WindowSeconds"/>.
/// </summary>
/// <param name="Word">The word in a policy.</param>
/// <param name="Unit">In what its level is written.</param>
/// <param name="OfRoutes">Whether a chain or a criticality narrows it down.</param>
/// <param name="Read">Its value; NaN: not known now. Null for shares.</param>
/// <param name="Share">Whether a request that ended so is part of the share. Null for others.</param>
/// <param name="Query">The same as a query of Prometheus, one value a gateway; its argument selects the routes.</param>
public sealed record AlarmMetric(
    string Word, AlarmUnit Unit, bool OfRoutes, Func<AlarmReadings, IReadOnlyList<RoutePlan>, double>? Read, Func<RequestOutcome, Place, bool>? Share, Func<string, string> Query)
{
    /// <summary>Shares are measured over this.</summary>
    public const int WindowSeconds = 10;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<AlarmMetric> All { get; } =
    [
        Latency("latency.p50", 0.5), Latency("latency.p90", 0.9), Latency("latency.p95", 0.95), Latency("latency.p99", 0.99),
        ShareOf("availability", static (outcome, place) => !IsLost(outcome, place), of => $"1 - {Part(Lost(of), of)}"),
        ShareOf("errors", static (outcome, _) => outcome == RequestOutcome.Failed, of => Part($"{Requests(of, "outcome=\"failed\"")}", of)),
        ShareOf("shed.share", static (outcome, place) => place == Place.Shed && IsTurnedAway(outcome), of => Part(Requests(of, "outcome=~\"refused|fallback\",layer=\"shed\""), of)),
        Whole("cpu", AlarmUnit.Fraction, static readings => readings.Cpu, "sandglass_used_ratio{resource=\"cpu\"}"),
        Whole("memory", AlarmUnit.Fraction, static readings => readings.Memory, "sandglass_used_ratio{resource=\"memory\"}"),
        Whole("disk", AlarmUnit.Fraction, static readings => readings.Disk, "sandglass_used_ratio{resource=\"disk\"}"),
        Whole("network", AlarmUnit.Fraction, static readings => readings.Network.Use, "sandglass_used_ratio{resource=\"network\"}"),
        Whole("network.loss", AlarmUnit.Fraction, static readings => readings.Network.Loss, "sandglass_network_loss_ratio"),
        Whole("certificate.left", AlarmUnit.Duration, static readings => readings.CertificateLeft, "min by (instance) (sandglass_certificate_left_seconds)"),
        Whole("cidrFile.age", AlarmUnit.Duration, static readings => readings.CidrFileAge, "max by (instance) (sandglass_cidr_file_age_seconds)"),
        new("breakers.open", AlarmUnit.Count, true, static (readings, routes) => readings.BreakersOpen(routes), null, of => $"sum by (instance) (sandglass_breaker_state{Braces(of)} == bool 2)"),
        Whole("backends.ejected", AlarmUnit.Count, static readings => readings.DestinationsOut, "count by (instance) (sandglass_destination_healthy == 0 or sandglass_destination_ejected == 1)"),
        Whole("queue", AlarmUnit.Count, static readings => readings.Queued, "sum by (instance) (sandglass_backend_queued)"),
        Whole("fleet.lost", AlarmUnit.Count, static readings => readings.MembersLost, "max_over_time(sandglass_fleet_members[10m]) - sandglass_fleet_members"),
        Whole("redis.away", AlarmUnit.Count, static readings => readings.RedisAway, "1 - sandglass_fleet_up"),
        Whole("policy.rejected", AlarmUnit.Count, static readings => readings.PolicyRejected, "1 - sandglass_policy_last_reload_successful"),
        Whole("fallback.broken", AlarmUnit.Count, static readings => readings.FallbacksBroken, "sum by (instance) (sandglass_fallback_broken)"),
        Whole("hotKey.share", AlarmUnit.Fraction, static readings => readings.HotKeyShare, "max by (instance) (sandglass_hot_key_share)"),
    ];

    /// <summary>The words, for messages.</summary>
    public static IEnumerable<string> Words => All.Select(static m => m.Word);

    /// <summary>The metric of this word; null: there is none.</summary>
    public static AlarmMetric? Find(string word) => All.FirstOrDefault(m => m.Word == word);

    /// <summary>
    /// Whether a request got no usable answer: failed, or turned away for want of room. A quota's 429 is the client's own doing, and what ops
    /// switch off is meant.
    /// </summary>
    public static bool IsLost(RequestOutcome outcome, Place place) =>
        outcome == RequestOutcome.Failed || (IsTurnedAway(outcome) && place is (Place.Shed or Place.Break or Place.Forward));

    private static bool IsTurnedAway(RequestOutcome outcome) => outcome is RequestOutcome.Refused or RequestOutcome.Fallback;

    private static AlarmMetric Latency(string word, double q) => new(
        word,
        AlarmUnit.Duration,
        true,
        (readings, routes) => readings.Latency(routes, q),
        null,
        of => FormattableString.Invariant($"histogram_quantile({q}, sum by (instance, le) (rate(sandglass_request_duration_seconds_bucket{Braces(of, "outcome=~\"served|hit|stale|collapsed\"")}[1m])))"));

    private static AlarmMetric ShareOf(string word, Func<RequestOutcome, Place, bool> isPart, Func<string, string> query) => new(word, AlarmUnit.Fraction, true, null, isPart, query);

    private static AlarmMetric Whole(string word, AlarmUnit unit, Func<AlarmReadings, double> read, string query) =>
        new(word, unit, false, (readings, _) => read(readings), null, _ => query);

    private static string Braces(string of, string more = "") => $"{{{string.Join(',', new[] { of, more }.Where(static s => s.Length > 0))}}}";

    private static string Requests(string of, string more) => $"rate(sandglass_requests_total{Braces(of, more)}[1m])";

    private static string Lost(string of) =>
        $"{Requests(of, "outcome=\"failed\"")} or {Requests(of, "outcome=~\"refused|fallback\",layer=~\"shed|break|forward\"")}";

    // Where nothing of the part has ever happened it has no series: the whole times 0 stands in.
    private static string Part(string part, string of) =>
        $"(sum by (instance) ({part}) or sum by (instance) ({Requests(of, "outcome!=\"aborted\"")}) * 0) / (sum by (instance) ({Requests(of, "outcome!=\"aborted\"")}) > 0)";
}
