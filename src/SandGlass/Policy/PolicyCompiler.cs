using SandGlass.Access;
using SandGlass.Alarms;
using SandGlass.Fleet;
using SandGlass.Layers.Coalesce;
using SandGlass.Layers.Shed;
using SandGlass.Policy.Compiling;
using SandGlass.Request;

namespace SandGlass.Policy;

/// <summary>
/// Makes the immutable snapshot that requests run on out of a valid policy: units become ticks, names become references, rules that are
/// off are left out, and what has happened so far is joined by name.
/// </summary>
/// <param name="pipeline">The layers and their order.</param>
/// <param name="state">What has happened.</param>
public sealed class PolicyCompiler(Pipeline pipeline, GatewayState state)
{
    /// <summary>Compiles one policy.</summary>
    /// <param name="reading">A valid one. Lists and secrets are taken as they were when it was checked.</param>
    /// <exception cref="IOException">A file that the policy names went away since it was checked.</exception>
    public Snapshot Compile(PolicyReading reading)
    {
        ArgumentNullException.ThrowIfNull(reading);
        var (policy, place) = (reading.Policy ?? throw new ArgumentException("the policy is not valid", nameof(reading)), reading.Place);
        var compilation = new Compilation(policy, pipeline, state);
        var chains = new FallbackChains(compilation);
        // What reads files comes first: where one is gone, nothing of what has happened is touched yet.
        var files = chains.Fixed(place.BaseDirectory);
        var fleet = FleetSettings.Of(policy.Fleet, state.Fleet.Given, place);
        var trust = new TrustCompiler(compilation, place).Compile();
        var session = Session(policy, place);
        var backends = new BackendCompiler(compilation).All();
        var fallbacks = chains.All(files, backends);
        // Also where nobody uses it yet: those who listen to it begin with the process.
        state.LastGoodOf(policy.LastGood.MaxBytes.Bytes);
        var switches = new SwitchCompiler(compilation, fallbacks, backends).All();
        var compiler = new RouteCompiler(compilation, fallbacks, backends, switches.Values, fleet, session);
        var routes = compiler.All();
        return new()
        {
            Policy = policy,
            Revision = reading.Revision,
            LoadedAt = state.Time.GetLocalNow(),
            Trust = trust,
            Table = new(routes),
            Routes = routes,
            Backends = backends,
            Switches = switches,
            Fallbacks = fallbacks,
            Fleet = fleet is null ? null : new(
                fleet,
                [.. compiler.SharedLimits],
                [.. backends.Values.Select(b => new FleetGate(b.Name, b.Gate.State.Limit, b.Gate.Plan.Limit, [.. routes.Where(static r => r.Backend is not null).Select(static r => (r.Name, r.Slot))]))],
                [.. routes.SelectMany(static r => r.Rules).OfType<HotKeyRule>().Select(static h => new FleetHotKeys(h.Name, h.Key.ToString(), h.Plan, h.State.Sketch, h.State.Elsewhere))]),
            NoRoute = new()
            {
                Name = "none",
                Chain = "none",
                Criticality = Criticality.Sheddable,
                Pattern = PathPattern.Parse("/", out _)!,
                Tally = state.Ledger.Tally("none", "none"),
            },
            Defects = state.Defects,
            Alarms = [.. policy.Alarms.Select(a => AlarmRule.Of(a.Key, a.Value, routes, compilation.Frequency))],
            Webhook = WebhookPlan.Of(policy.AlarmWebhook, place),
            Cache = state.Cache,
            CriticalityHeader = policy.Shedding.CriticalityHeader,
            AccessLog = AccessLogPlan.Of(policy, place.Secret),
            ExplainToken = policy.Explain is { } explain ? new(place.Secret(explain.Token)) : null,
        };
    }

    // Null where none begins: then no request is asked for a cookie.
    private SessionPlan? Session(GatewayPolicy policy, PolicyPlace place)
    {
        var written = policy.Shedding.Session;
        var seal = written.Secret is { } secret ? place.Secret(secret) is { } found ? SessionSeal.Of(found) : null : state.Seal;
        return policy.Routes.Values.Any(static r => r.Session == SessionStep.Begin)
            ? new(seal ?? state.Seal, written.Cookie, (int)written.For.Value.TotalSeconds, null)
            : null;
    }
}
