using SandGlass.Access;
using SandGlass.Alarms;
using SandGlass.Fleet;
using SandGlass.Layers.Coalesce;
using SandGlass.Layers.Fallback;
using SandGlass.Layers.Switch;
using SandGlass.Layers.Trust;
using SandGlass.Request;
using SandGlass.Yarp;

namespace SandGlass.Policy;

/// <summary>
/// One policy, compiled: immutable, swapped by one reference, and put into each request by the gateway's first step,
/// so that one request sees one policy.
/// </summary>
public sealed class Snapshot
{
    private ILookup<FallbackPlan, RoutePlan>? _givers;

    /// <summary>What the operator wrote.</summary>
    public required GatewayPolicy Policy { get; init; }

    /// <summary>First 12 hex digits of the SHA-256 of the file's bytes.</summary>
    public required string Revision { get; init; }

    /// <summary>When it came into force, wall clock.</summary>
    public required DateTimeOffset LoadedAt { get; init; }

    /// <summary>Trust's plan: it stands before routing.</summary>
    public required TrustPlan Trust { get; init; }

    /// <summary>Finds routes.</summary>
    public required RouteTable Table { get; init; }

    /// <summary>All routes, in file order.</summary>
    public required IReadOnlyList<RoutePlan> Routes { get; init; }

    /// <summary>All backends, by name.</summary>
    public required IReadOnlyDictionary<string, BackendPlan> Backends { get; init; }

    /// <summary>All switches, by id.</summary>
    public required IReadOnlyDictionary<string, SwitchPlan> Switches { get; init; }

    /// <summary>All fallbacks, by name.</summary>
    public IReadOnlyDictionary<string, FallbackPlan> Fallbacks { get; init; } = new Dictionary<string, FallbackPlan>();

    /// <summary>The routes on which a fallback may answer. Looked up once a policy: there may be ten thousand routes, and pages ask each second.</summary>
    public IEnumerable<RoutePlan> RoutesOf(FallbackPlan plan) =>
        (_givers ??= Routes.SelectMany(static r => r.Fallbacks.Select(f => (Fallback: f, Route: r))).ToLookup(static g => g.Fallback, static g => g.Route))[plan];

    /// <summary>What is shared with other gateways; null: this one is alone.</summary>
    public FleetPlan? Fleet { get; init; }

    /// <summary>The rules that find hot keys.</summary>
    public IEnumerable<HotKeyRule> HotKeys => Routes.SelectMany(static r => r.Rules).OfType<HotKeyRule>();

    /// <summary>All alarms, in file order.</summary>
    public IReadOnlyList<AlarmRule> Alarms { get; init; } = [];

    /// <summary>Who is told of them; null: nobody, or the secret that says it is not there.</summary>
    public WebhookPlan? Webhook { get; init; }

    /// <summary>What unsafe requests invalidate; null: nothing is kept.</summary>
    public MicroCache? Cache { get; init; }

    /// <summary>The header in which trusted proxies say how critical a request is; null: none.</summary>
    public string? CriticalityHeader { get; init; }

    /// <summary>The token by which a request may ask about itself; null: none may.</summary>
    public SecretSet? ExplainToken { get; init; }

    /// <summary>The line that each request leaves; null: none.</summary>
    public AccessLogPlan? AccessLog { get; init; }

    /// <summary>Where a request reports our own faults.</summary>
    public required Telemetry.Defects Defects { get; init; }

    /// <summary>Stands in where no route matches, or before one is known.</summary>
    public required RoutePlan NoRoute { get; init; }
}
