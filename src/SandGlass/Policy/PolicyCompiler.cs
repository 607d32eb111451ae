using System.Collections.Frozen;
using System.Net;
using SandGlass.Access;
using SandGlass.Alarms;
using SandGlass.Algorithms.Breaking;
using SandGlass.Algorithms.Concurrency;
using SandGlass.Algorithms.Counting;
using SandGlass.Algorithms.Rates;
using SandGlass.Fleet;
using SandGlass.Layers.Break;
using SandGlass.Layers.Coalesce;
using SandGlass.Layers.Fallback;
using SandGlass.Layers.RateLimit;
using SandGlass.Layers.Shed;
using SandGlass.Layers.Switch;
using SandGlass.Layers.Trust;
using SandGlass.Request;
using SandGlass.Yarp;

namespace SandGlass.Policy;

/// <summary>
/// Makes the immutable snapshot that requests run on out of a valid policy: units become ticks, names become references, rules that are
/// off are left out, and what has happened so far is joined by name.
/// </summary>
/// <param name="pipeline">The layers and their order.</param>
/// <param name="state">What has happened.</param>
public sealed class PolicyCompiler(Pipeline pipeline, GatewayState state)
{
    // A destination that comes back has its full share after this. Long enough for a process to open its pools and warm what is hot.
    private static readonly Duration SlowReturnOver = Duration.FromSeconds(5);
    // A queue as long as what goes through in 30 ms, but never shorter than this (algorithms.md §1, admission).
    private const double QueueSeconds = 0.03;
    private const int LeastQueue = 8;

    private readonly long _frequency = state.Time.TimestampFrequency;

    /// <summary>Compiles one policy.</summary>
    /// <param name="reading">A valid one. Lists and secrets are taken as they were when it was checked.</param>
    /// <exception cref="IOException">A file that the policy names went away since it was checked.</exception>
    public Snapshot Compile(PolicyReading reading)
    {
        ArgumentNullException.ThrowIfNull(reading);
        var (policy, place) = (reading.Policy ?? throw new ArgumentException("the policy is not valid", nameof(reading)), reading.Place);
        // What reads files comes first: where one is gone, nothing of what has happened is touched yet.
        var files = Fixed(policy, place.BaseDirectory);
        var fleet = FleetSettings.Of(policy.Fleet, state.Fleet.Given, place);
        var trust = Trust(policy, place);
        var session = Session(policy, place);
        var backends = Backends(policy);
        var fallbacks = Fallbacks(policy, files, backends);
        // Also where nobody uses it yet: those who listen to it begin with the process.
        state.LastGoodOf(policy.LastGood.MaxBytes.Bytes);
        var switches = policy.Switches.ToFrozenDictionary(
            static s => s.Key, s => Switch(policy, s.Key, s.Value, fallbacks, backends), StringComparer.Ordinal);
        // Asked by each route: to look through the switches' lists there would be routes × routes.
        var touching = switches.Values.SelectMany(static s => s.Routes.Select(r => (Route: r, Switch: s))).ToLookup(static t => t.Route, static t => t.Switch, StringComparer.Ordinal);
        var limits = new Dictionary<string, Limit>(StringComparer.Ordinal);
        var routes = policy.Routes.Select(r => Route(policy, r.Key, r.Value, fallbacks, backends, touching[r.Key], fleet, limits, session)).ToArray();
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
                [.. limits.Values.Select(static l => l.Shared).OfType<FleetLimitPlan>()],
                [.. backends.Values.Select(static b => new FleetGate(b.Name, b.Gate.State.Limit, b.Gate.Plan.Limit))],
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
            Alarms = [.. policy.Alarms.Select(a => AlarmRule.Of(a.Key, a.Value, routes, _frequency))],
            Webhook = WebhookPlan.Of(policy.AlarmWebhook, place),
            Cache = state.Cache,
            CriticalityHeader = policy.Shedding.CriticalityHeader,
            AccessLog = AccessLogPlan.Of(policy, written => Secret(written, place)),
            ExplainToken = policy.Explain is { } explain ? new(Secret(explain.Token, place)) : null,
        };
    }

    private TrustPlan Trust(GatewayPolicy policy, PolicyPlace place)
    {
        var edge = policy.Edge;
        var lists = edge.TrustedProxies.Select(entry => (Entry: entry, List: TrustedNetworks.Read(entry, place))).ToArray();

        // Trust is never left out: with the layer off or in shadow, requests that it would refuse pass, but clients are still derived.
        var mode = policy.Layers.ModeOf(LayerName.Trust) == Mode.Enforce ? Mode.Enforce : Mode.Shadow;
        return new(pipeline.Trust, mode, state.Shadow(pipeline.Trust.Place.Word(), "edge"))
        {
            EnforceShare = Share(100, policy, LayerName.Trust),
            TrustedProxies = new(lists.SelectMany(static l => l.List.Networks)),
            ListFiles = [.. lists.Where(static l => l.List.Updated is not null).Select(static l => (l.Entry[5..], l.List.Updated!.Value)).Distinct()],
            ClientIpHeaders = [.. edge.ClientIpHeaders],
            ClientPrefixV6 = edge.ClientPrefixV6,
            RefusesDirectAccess = edge.DirectAccess == DirectAccess.Refuse,
            Proof = edge.Proof is { } proof ? new(proof.Header, new(proof.Secret.Select(s => Secret(s, place)))) : null,
            MostBody = edge.Limits.Body.Bytes,
            Hosts = edge.Hosts.Where(static h => !h.StartsWith('*')).ToFrozenSet(StringComparer.OrdinalIgnoreCase),
            HostSuffixes = [.. edge.Hosts.Where(static h => h.StartsWith('*')).Select(static h => h[1..])],
            UnknownHostStatus = edge.UnknownHost,
            CriticalityHeader = policy.Shedding.CriticalityHeader,
            Spoofed = state.Spoofed,
        };
    }

    // Null where none begins: then no request is asked for a cookie.
    private SessionPlan? Session(GatewayPolicy policy, PolicyPlace place)
    {
        var written = policy.Shedding.Session;
        var seal = written.Secret is { } secret ? Secret(secret, place) is { } found ? SessionSeal.Of(found) : null : state.Seal;
        return policy.Routes.Values.Any(static r => r.Session == SessionStep.Begin)
            ? new(seal ?? state.Seal, written.Cookie, (int)written.For.Value.TotalSeconds, null)
            : null;
    }

    private static string? Secret(string written, PolicyPlace place) =>
        SecretReference.TryParse(written, out var reference) ? place.Secret(reference) : null;

    private Dictionary<string, FallbackPlan> Fixed(GatewayPolicy policy, string baseDirectory) =>
        policy.Fallbacks.Where(static f => f.Value.Else is null).ToDictionary(
            static f => f.Key, f => FallbackCompiler.Fixed(f.Key, f.Value, baseDirectory, state.Fallback(f.Key)), StringComparer.Ordinal);

    private Dictionary<string, FallbackPlan> Fallbacks(GatewayPolicy policy, Dictionary<string, FallbackPlan> files, FrozenDictionary<string, BackendPlan> backends)
    {
        var made = new Dictionary<string, FallbackPlan>(files, StringComparer.Ordinal);
        foreach (var name in policy.Fallbacks.Keys)
        {
            Make(name);
        }

        return made;

        FallbackPlan Make(string name)
        {
            if (made.TryGetValue(name, out var known))
            {
                return known;
            }

            var written = policy.Fallbacks[name];
            // What stands in where it has nothing to give; the validator has found that this leads to an end, which is a fixed answer.
            return made[name] = FallbackCompiler.Found(
                name, written, Make(written.Else!), written.Backend is { } other ? backends[other] : null, _frequency, state.Fallback(name));
        }
    }

    private FrozenDictionary<string, BackendPlan> Backends(GatewayPolicy policy)
    {
        var users = ChainsByBackend(policy);
        var made = new Dictionary<string, BackendPlan>(StringComparer.Ordinal);
        foreach (var name in policy.Backends.Keys)
        {
            Make(name);
        }

        return made.ToFrozenDictionary(StringComparer.Ordinal);

        // The validator has found that failovers lead to an end.
        BackendPlan Make(string name) => made.TryGetValue(name, out var known) ? known
            : made[name] = Backend(policy, name, policy.Backends[name], users[name], policy.Backends[name].Failover is { } other ? Make(other) : null);
    }

    // Of each backend the chains that may ask it: those of its routes, of the routes that a switch may send there, and of the routes of whom it
    // takes over from. Asked beforehand, so that a chain has its share when the switch is thrown.
    private static ILookup<string, string> ChainsByBackend(GatewayPolicy policy)
    {
        var elsewhere = policy.Switches.Values.Where(static s => s.Do.UseBackend is not null).ToArray();
        return policy.Routes
            .Where(static r => r.Value.Answer is null)
            .SelectMany(r => elsewhere.Where(s => SwitchPlan.Touches(s, r.Key, r.Value.Chain)).Select(static s => s.Do.UseBackend!)
                .Append(r.Value.Backend ?? r.Value.Chain).Concat(StandingIn(policy, r.Value.Fallback)).Select(b => (Backend: b, r.Value.Chain)))
            .Distinct()
            .SelectMany(use => Reached(policy, use.Backend).Select(b => (Backend: b, use.Chain)))
            .Distinct()
            .ToLookup(static use => use.Backend, static use => use.Chain, StringComparer.Ordinal);
    }

    // The backends that a chain of fallbacks may ask.
    private static IEnumerable<string> StandingIn(GatewayPolicy policy, string? fallback)
    {
        for (; fallback is not null; fallback = policy.Fallbacks[fallback].Else)
        {
            if (policy.Fallbacks[fallback].Backend is { } other)
            {
                yield return other;
            }
        }
    }

    private static IEnumerable<string> Reached(GatewayPolicy policy, string backend)
    {
        for (string? next = backend; next is not null; next = policy.Backends[next].Failover)
        {
            yield return next;
        }
    }

    private BackendPlan Backend(GatewayPolicy policy, string name, BackendPolicy written, IEnumerable<string> chains, BackendPlan? failover) => new(
        name,
        written.LoadBalancing,
        written.Destinations.Select(d => Destination(name, d.Key, d.Value)),
        written.IdleTimeout.Value,
        state.Backend(name))
    {
        Gate = Gate(policy, name, written.Concurrency, [.. chains]),
        Health = written.Health is { } health ? new(health.Path, health.Interval.Value, health.Timeout.Value) : null,
        Ejection = written.Ejection is { } ejection
            ? new(ejection.FailureRatio, ejection.MinRequests, Ticks(ejection.Window), Ticks(ejection.For), ejection.MaxEjected) : null,
        Failover = failover,
        QueueHeader = written.Concurrency.QueueHeader,
        ReturnOver = Ticks(SlowReturnOver),
    };

    private static ChainShare ShareOf(ChainPolicy chain, ChainLoad load, double whole) =>
        new(load, chain.Share / whole, chain.Share * (1 - chain.Lend) / whole, Math.Min(1, (chain.Share / whole) + chain.Borrow));

    private BackendGate Gate(GatewayPolicy policy, string backend, BackendConcurrencyPolicy limit, string[] chains)
    {
        var gate = state.Gate(backend);
        var whole = Math.Max(1, chains.Sum(c => policy.Chains[c].Share));
        // One chain alone has it all, and without shares criticality alone decides: neither is worth counting.
        var shares = chains.Length > 1 && chains.Any(c => policy.Chains[c] is { Share: > 0 } or { Borrow: < 1 })
            ? chains.Select(c => ShareOf(policy.Chains[c], gate.Chain(c), whole)).ToArray()
            : null;
        var plan = new GatePlan(
            new(limit.Initial, limit.Min, limit.Max),
            QueueCapacity: policy.Shedding.MaxWait.Value == TimeSpan.Zero ? 0 : LeastQueue,
            Ticks(policy.Shedding.MaxWait))
        {
            QueueSeconds = QueueSeconds,
            PatientFrom = (int)Criticality.CriticalPlus,
            Patience = Ticks(policy.Shedding.CriticalWait),
            Floor = policy.Shedding.Floor,
            Chains = shares,
            TicksPerSecond = _frequency,
        };
        var mode = ShedMode(policy);
        return new(plan, gate, shares is null ? null : chains.ToFrozenDictionary(static c => c, gate.Chain, StringComparer.Ordinal))
        {
            Rule = mode == Mode.Off ? null
                : new(pipeline.Shed, backend, mode, Shadow(pipeline.Shed, backend)) { EnforceShare = Share(policy.Shedding.EnforcePercent, policy, LayerName.Shed) },
        };
    }

    private DestinationPlan Destination(string backend, string name, string address)
    {
        var http2 = address.StartsWith("h2c://", StringComparison.OrdinalIgnoreCase);
        var prefix = (http2 ? string.Concat("http", address.AsSpan(3)) : address).TrimEnd('/');
        var happened = state.Destination(backend, name);
        happened.StandsAt(prefix);
        return new(name, prefix, http2, happened);
    }

    private SwitchPlan Switch(
        GatewayPolicy policy, string id, SwitchPolicy written, Dictionary<string, FallbackPlan> fallbacks, FrozenDictionary<string, BackendPlan> backends)
    {
        var action = written.Do;
        var mode = Weaker(written.Mode, policy.Layers.ModeOf(LayerName.Switch));
        return new(pipeline.Switch, id, mode, state.Shadow(pipeline.Switch.Place.Word(), id))
        {
            EnforceShare = Share(written.EnforcePercent, policy, LayerName.Switch),
            Policy = written,
            Routes = [.. policy.Routes.Where(r => SwitchPlan.Touches(written, r.Key, r.Value.Chain)).Select(static r => r.Key)],
            State = state.Switch(id),
            DivertTo = action.Fallback is { } name ? fallbacks[name] : null,
            Admit = action.Admit ?? 1,
            Refuses = action.Refuse is not null,
            Status = action.Refuse?.Status ?? 503,
            RetryAfter = (int)(action.Refuse?.RetryAfter.Value.TotalSeconds ?? 30),
            RateScale = action.ScaleRateLimits ?? 1,
            Ttl = action.CoalesceTtl is { } ttl ? Ticks(ttl) : 0,
            ShedBelow = action.ShedBelow,
            Backend = action.UseBackend is { } other ? backends[other] : null,
            Timeout = action.Timeout?.Value,
        };
    }

    private RoutePlan Route(
        GatewayPolicy policy,
        string name,
        RoutePolicy written,
        Dictionary<string, FallbackPlan> fallbacks,
        FrozenDictionary<string, BackendPlan> backends,
        IEnumerable<SwitchPlan> switches,
        FleetSettings? fleet,
        Dictionary<string, Limit> limits,
        SessionPlan? session)
    {
        var backend = written.Answer is null ? backends[written.Backend ?? written.Chain] : null;
        var criticality = written.Criticality ?? policy.Chains[written.Chain].Criticality;
        var timeout = written.Timeout?.Value ?? TimeSpan.FromSeconds(10);
        // Before all else, so that no fallback stands around it and nothing is spent on those whom the machine cannot bear.
        var rules = new List<Rule> { GuardRule(policy) };
        foreach (var layer in pipeline.Layers)
        {
            rules.AddRange(layer switch
            {
                FallbackLayer => FallbackRules(policy, written, fallbacks, switches),
                SwitchLayer => switches,
                RateLimitLayer => RateLimitRules(policy, written, fleet, limits),
                CoalesceLayer =>
                    [.. HotKeyRules(name, written, fleet), .. CoalesceRules(policy, name, written, backend, session, fleet), .. HotLimitRules(policy, name, written, fleet, fallbacks)],
                ShedLayer when backend is not null => [ShedRule(policy, name, backend.Name, session is null ? null : session with { Step = written.Session })],
                BreakLayer when backend is not null => [BreakRule(policy, name, written)],
                _ => Array.Empty<Rule>(),
            });
        }

        // Off is nowhere at run time: a rule that is off is not there.
        rules.RemoveAll(static r => r.Mode == Mode.Off);
        var pattern = PathPattern.Parse(written.Match.Path, out var wrong) ?? throw new FormatException(wrong);
        return new()
        {
            Name = name,
            Chain = written.Chain,
            Criticality = criticality,
            Pattern = pattern,
            Parameters = [.. pattern.Segments.Where(static s => s.Kind != PathSegmentKind.Literal).Select(static s => s.Text)],
            Methods = [.. written.Match.Methods ?? []],
            Hosts = [.. written.Match.Hosts ?? []],
            Rules = rules,
            Backend = backend,
            Slot = state.RouteSlot(name),
            Answer = written.Answer is { } answer ? fallbacks[answer] : null,
            Attempts = backend is null ? null : new(
                written.Retry is { Budget: > 0 } retry ? retry.Attempts : 0,
                written.Hedge?.After.Value ?? TimeSpan.Zero,
                written.Retry?.Budget ?? new RetryPolicy().Budget,
                state.Attempts(name)),
            Timeout = timeout,
            TimeoutText = ((long)timeout.TotalMilliseconds).ToString(System.Globalization.CultureInfo.InvariantCulture),
            Fallback = rules.Find(static r => r is FallbackRule { Plan: not null }),
            LastGood = LastGood(policy, name, written, rules, session),
            Tally = state.Ledger.Tally(written.Chain, name),
        };
    }

    private IEnumerable<Rule> FallbackRules(
        GatewayPolicy policy, RoutePolicy written, Dictionary<string, FallbackPlan> fallbacks, IEnumerable<SwitchPlan> switches)
    {
        var plan = written.Fallback is { } name ? fallbacks[name] : null;
        if (plan is null && !switches.Any(static s => s.DivertTo is not null) && written.HotKeys?.Ladder?.Fallback is not { Mode: Mode.Enforce })
        {
            return [];
        }

        var own = plan is null ? null : policy.Fallbacks[plan.Name];
        var mode = Weaker(own?.Mode ?? Mode.Enforce, policy.Layers.ModeOf(LayerName.Fallback));
        var rule = plan?.Name ?? "switched";
        return
        [
            new FallbackRule(pipeline.Fallback, rule, mode, Shadow(pipeline.Fallback, rule), plan)
            {
                EnforceShare = Share(own?.EnforcePercent ?? 100, policy, LayerName.Fallback),
            },
        ];
    }

    // By the key of the first of the route's fallbacks that repeats an answer: its own before those that switches send to.
    private LastGoodPlan? LastGood(GatewayPolicy policy, string route, RoutePolicy written, List<Rule> rules, SessionPlan? session)
    {
        var repeating = rules.OfType<FallbackRule>().Select(static r => r.Plan).Concat(rules.OfType<SwitchPlan>().Select(static s => s.DivertTo))
            .Concat(rules.OfType<HotLimitRule>().Select(static l => l.Fallback))
            .OfType<FallbackPlan>().SelectMany(static p => p.Chain).Where(static p => p.Kind == FallbackKind.LastGood).ToArray();
        if (repeating.Length == 0 || written.Answer is not null)
        {
            return null;
        }

        var own = policy.Fallbacks[repeating[0].Name];
        var sharing = rules.OfType<CoalescePlan>().FirstOrDefault();
        var key = sharing?.Key ?? (own.Key is { } parts ? KeyPlan.Parse(parts) : KeyPlan.WholeTarget);
        return new()
        {
            Key = key,
            Plain = PlainHeaders.All.Union(own.IgnoreHeaders, StringComparer.OrdinalIgnoreCase).Union(key.HeaderNames, StringComparer.OrdinalIgnoreCase)
                .ToFrozenSet(StringComparer.OrdinalIgnoreCase),
            SharedBy = sharing,
            IgnoresCookies = sharing?.IgnoresCookies ?? false,
            OwnCookie = session?.Cookie,
            KeepsNoStore = own.NoStore,
            Allows = Allowed(own, sharing, session).ToFrozenSet(StringComparer.Ordinal),
            MaxBytes = (int)Math.Min(policy.LastGood.MaxAnswer.Bytes, policy.LastGood.MaxBytes.Bytes / 16),
            MaxAge = repeating.Max(static p => p.LastGood),
            Store = state.LastGoodOf(policy.LastGood.MaxBytes.Bytes),
            State = state.LastGoodAt(route),
            TicksPerSecond = _frequency,
        };
    }

    private static IEnumerable<string> Allowed(FallbackPolicy own, CoalescePlan? sharing, SessionPlan? session) =>
    [
        .. own.IgnoreHeaders.Select(Leniency.Header),
        .. sharing?.SentNames.Select(Leniency.Sent) ?? [],
        .. own.NoStore ? [Leniency.NoStore] : Array.Empty<string>(),
        .. sharing is { SharesSetCookie: true } ? [Leniency.SetCookie] : Array.Empty<string>(),
        .. session is { } ours ? [Leniency.Cookie(ours.Cookie)] : Array.Empty<string>(),
    ];

    // Paced ones last: a turn cannot be given back, so it is taken when nobody else refuses any more.
    private IEnumerable<Rule> RateLimitRules(
        GatewayPolicy policy, RoutePolicy written, FleetSettings? fleet, Dictionary<string, Limit> limits) =>
        written.RateLimits.OrderBy(name => policy.RateLimits[name].Algorithm == RateAlgorithm.Paced).Select((name, ordinal) =>
    {
        var limit = policy.RateLimits[name];
        if (!limits.TryGetValue(name, out var common))
        {
            limits[name] = common = Common(name, limit, fleet);
        }

        return new RateLimitPlan(pipeline.RateLimit, name, Weaker(limit.Mode, policy.Layers.ModeOf(LayerName.RateLimit)), Shadow(pipeline.RateLimit, name))
        {
            EnforceShare = Share(limit.EnforcePercent, policy, LayerName.RateLimit),
            Meter = common.Meter,
            Ordinal = ordinal,
            Burst = common.Most,
            WindowSeconds = common.Window,
            Rate = common.Rate,
            Key = common.Key,
            HashKey = common.Shared is null ? null : fleet?.HashKey,
            SkipsAbsent = limit.Absent == AbsentKey.Skip,
            Cost = limit.Cost * written.Cost,
            State = common.State,
            Headers = common.Headers,
            TicksPerSecond = _frequency,
        };
    });

    private Limit Common(string name, RateLimitPolicy limit, FleetSettings? fleet)
    {
        var (most, window) = (RateLimitCompiler.Most(limit), RateLimitCompiler.WindowSeconds(limit));
        var word = PolicyShape.Word(limit.Algorithm);
        var happened = state.RateLimit(name, limit.Algorithm, limit.MaxKeys);
        var shared = fleet is null ? null : RateLimitCompiler.Shared(name, limit, state.Fleet, _frequency);
        return new(
            most,
            window,
            limit.Rate is { } rate ? $"{word} {rate}" : word,
            KeyPlan.Parse(limit.Key),
            shared is null ? RateLimitCompiler.Meter(limit, happened, _frequency) : new FleetMeter(shared, state.Fleet),
            happened,
            new(name, most, window, scale => (RateLimitCompiler.Most(limit, scale), RateLimitCompiler.WindowSeconds(limit, scale))),
            shared);
    }

    // With a ladder there are two: what it does for hot keys, and what is done for all others.
    private IEnumerable<Rule> CoalesceRules(GatewayPolicy policy, string route, RoutePolicy written, BackendPlan? backend, SessionPlan? session, FleetSettings? fleet)
    {
        if (backend is null || written.Coalesce is not { } coalesce)
        {
            return [];
        }

        var onlyHot = coalesce.For == CoalesceFor.Hot;
        if (written.HotKeys?.Ladder is not { } ladder)
        {
            return [CoalesceRule(policy, route, written, coalesce, session, fleet, onlyHot ? true : null, null)];
        }

        var hot = CoalesceRule(policy, route, written, coalesce, session, fleet, true, ladder);
        return onlyHot ? [hot] : [hot, CoalesceRule(policy, route, written, coalesce, session, fleet, false, null)];
    }

    private IEnumerable<Rule> HotLimitRules(
        GatewayPolicy policy, string route, RoutePolicy written, FleetSettings? fleet, Dictionary<string, FallbackPlan> fallbacks)
    {
        if (written.HotKeys is not { Ladder: { Limit: { } limit } ladder } hot)
        {
            return [];
        }

        var name = route + ".limit";
        var shadow = ladder.Fallback?.Mode == Mode.Shadow;
        return
        [
            new HotLimitRule(pipeline.HotLimit, name, Weaker(limit.Mode, policy.Layers.ModeOf(LayerName.Coalesce)), Shadow(pipeline.HotLimit, name))
            {
                EnforceShare = Share(100, policy, LayerName.Coalesce),
                Bucket = GcraPlan.FromRate(limit.Rate.PerSecond, limit.Burst ?? Math.Max(1, Math.Ceiling(limit.Rate.PerSecond)), _frequency),
                State = HotKeys(route, hot, fleet),
                Fallback = ladder.Fallback is { Mode: Mode.Enforce } fallback ? fallbacks[fallback.Use] : null,
                FallbackShadowed = shadow ? Shadow(pipeline.HotLimit, route + ".fallback") : null,
                TicksPerSecond = _frequency,
            },
        ];
    }

    // Hashes of a fleet mean the same to all of it; those of a process to nobody else.
    private HotKeyState HotKeys(string route, HotKeyPolicy hot, FleetSettings? fleet) =>
        state.HotKeys(route, KeyPlan.Parse(hot.Key) + (fleet is null ? string.Empty : " in the fleet " + fleet.Name));

    private IEnumerable<Rule> HotKeyRules(string route, RoutePolicy written, FleetSettings? fleet)
    {
        if (written.HotKeys is not { } hot)
        {
            return [];
        }

        var key = KeyPlan.Parse(hot.Key);
        return
        [
            new HotKeyRule(pipeline.HotKeys, route, Mode.Enforce, Shadow(pipeline.HotKeys, route))
            {
                Plan = new(hot.PromoteAt, hot.Share, _frequency),
                Key = key,
                HashKey = fleet?.HashKey,
                State = HotKeys(route, hot, fleet),
            },
        ];
    }

    private CoalescePlan CoalesceRule(
        GatewayPolicy policy, string route, RoutePolicy of, CoalescePolicy written, SessionPlan? session, FleetSettings? fleet, bool? forHot, LadderPolicy? ladder)
    {
        var key = written.Key is { } parts ? KeyPlan.Parse(parts) : KeyPlan.WholeTarget;
        var mode = Weaker(Weaker(written.Mode, ladder?.Coalesce ?? Mode.Enforce), policy.Layers.ModeOf(LayerName.Coalesce));
        var name = ladder is null ? route : route + ".coalesce";
        string[] sent = [.. written.Send.Select(static n => n.ToLowerInvariant())];
        return new(pipeline.Coalesce, name, mode, Shadow(pipeline.Coalesce, name))
        {
            ForHot = forHot,
            Gives = ladder?.Cache ?? Mode.Enforce,
            GivesStale = ladder?.Stale ?? Mode.Enforce,
            GivesShadowed = ladder?.Cache == Mode.Shadow ? Shadow(pipeline.Coalesce, route + ".cache") : null,
            StaleShadowed = ladder?.Stale == Mode.Shadow ? Shadow(pipeline.Coalesce, route + ".stale") : null,
            Day = of.HotKeys is { } hot ? HotKeys(route, hot, fleet).Day : null,
            RefreshesAhead = of.HotKeys is { RefreshAhead: true },
            StaleWhenWell = Ticks(written.StaleWhenWell ?? new(TimeSpan.FromSeconds(Math.Max(10, written.StaleWhileRevalidate.Value.TotalSeconds)))),
            Breaker = Weaker((of.Breaker ?? policy.Breakers.Default).Mode, policy.Layers.ModeOf(LayerName.Break)) == Mode.Enforce ? state.Breaker(route) : null,
            EnforceShare = Share(written.EnforcePercent, policy, LayerName.Coalesce),
            Ttl = ladder?.Cache == Mode.Off ? 0 : Ticks(written.Ttl),
            Force = written.Force,
            LeaderAge = Ticks(written.LeaderAge),
            SharesSetCookie = written.SetCookie == SetCookieUse.Share,
            HonoursClients = written.Clients == ClientUse.Honour,
            StaleWhileRevalidate = Ticks(written.StaleWhileRevalidate),
            StaleIfError = Ticks(written.StaleIfError),
            MaxWait = written.MaxWait.Value,
            MaxBytes = (int)Math.Min(written.MaxBytes.Bytes, policy.Cache.MaxBytes.Bytes / 16),
            IgnoresCookies = written.Cookies == CookieUse.Ignore,
            OwnCookie = session?.Cookie,
            Key = key,
            QueryNames = key.HasWholeQuery ? null : [.. key.QueryNames],
            HeaderNames = [.. key.HeaderNames],
            CookieNames = [.. key.CookieNames],
            SentNames = sent,
            Terms = CoalescePlan.TermsOf(route, key, sent),
            Cache = state.CacheOf(policy.Cache.MaxBytes.Bytes),
            Counts = state.Coalesce(route),
            Learned = state.Coalesce(route).Learned,
            ClientBudget = state.Coalesce(route).ClientBudget,
            TicksPerSecond = _frequency,
        };
    }

    private ShedPlan ShedRule(GatewayPolicy policy, string route, string backend, SessionPlan? session) =>
        new(pipeline.Shed, backend, ShedMode(policy), Shadow(pipeline.Shed, backend))
        {
            EnforceShare = Share(policy.Shedding.EnforcePercent, policy, LayerName.Shed),
            RouteSlot = state.RouteSlot(route),
            RetryHeader = policy.Shedding.RetryHeader,
            Session = session,
            Returns = state.Returns,
            TicksPerSecond = _frequency,
        };

    private static Mode ShedMode(GatewayPolicy policy) => Weaker(policy.Shedding.Mode, policy.Layers.ModeOf(LayerName.Shed));

    private GuardPlan GuardRule(GatewayPolicy policy) => new(
        pipeline.Guard, Weaker(policy.Shedding.Self.Mode, policy.Layers.ModeOf(LayerName.Shed)), Shadow(pipeline.Guard, GuardLayer.Rule))
    {
        EnforceShare = Share(policy.Shedding.Self.EnforcePercent, policy, LayerName.Shed),
        State = state.Guard,
    };

    private BreakPlan BreakRule(GatewayPolicy policy, string route, RoutePolicy written)
    {
        var breaker = written.Breaker ?? policy.Breakers.Default;
        return new(pipeline.Break, route, Weaker(breaker.Mode, policy.Layers.ModeOf(LayerName.Break)), Shadow(pipeline.Break, route))
        {
            EnforceShare = Share(breaker.EnforcePercent, policy, LayerName.Break),
            Breaker = new(
                breaker.FailureRatio,
                breaker.Slow is null ? 0 : breaker.SlowRatio,
                breaker.Slow is { } slow ? Ticks(slow) : 0,
                Ticks(breaker.Window),
                breaker.MinRequests,
                Ticks(breaker.Open))
            {
                MostOpen = 3 * _frequency,
            },
            State = state.Breaker(route),
            TicksPerSecond = _frequency,
        };
    }

    private StripedCounter Shadow(Layer layer, string rule) => state.Shadow(layer.Place.Word(), rule);

    private long Ticks(Duration duration) => (long)(duration.Value.TotalSeconds * _frequency);

    private static double Share(double percent, GatewayPolicy policy, LayerName layer) =>
        Math.Min(percent, policy.Layers.PercentOf(layer)) / 100;

    // What all routes of a rate limit share: above all the texts of its headers, up to 32 KB of them.
    private sealed record Limit(int Most, int Window, string Rate, KeyPlan Key, RateMeter Meter, RateLimitState State, QuotaHeaders Headers, FleetLimitPlan? Shared);

    // A rule acts only where both it and its layer are enforced.
    private static Mode Weaker(Mode rule, Mode layer) => (Mode)Math.Min((int)rule, (int)layer);
}
