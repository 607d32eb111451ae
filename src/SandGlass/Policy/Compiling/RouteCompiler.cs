using System.Collections.Frozen;
using System.Globalization;
using SandGlass.Fleet;
using SandGlass.Layers.Break;
using SandGlass.Layers.Coalesce;
using SandGlass.Layers.Fallback;
using SandGlass.Layers.RateLimit;
using SandGlass.Layers.Shed;
using SandGlass.Layers.Switch;
using SandGlass.Request;
using SandGlass.Yarp;

namespace SandGlass.Policy.Compiling;

/// <summary>Makes the policy's routes, each with its rules in the order of the way.</summary>
internal sealed class RouteCompiler
{
    private readonly Compilation _compilation;
    private readonly IReadOnlyDictionary<string, FallbackPlan> _fallbacks;
    private readonly FrozenDictionary<string, BackendPlan> _backends;
    private readonly ILookup<string, SwitchPlan> _switches;
    private readonly SessionPlan? _session;
    private readonly RateLimitRules _rateLimits;
    private readonly HotKeyRules _hotKeys;
    private readonly CoalesceRules _coalesce;
    private readonly LoadRules _load;
    private readonly LastGoodCompiler _lastGood;

    /// <summary>A compiler of routes.</summary>
    /// <param name="compilation">What there is to compile.</param>
    /// <param name="fallbacks">What they may answer with.</param>
    /// <param name="backends">Whom they ask.</param>
    /// <param name="switches">What may be thrown on them.</param>
    /// <param name="fleet">The fleet that counts together; null: none.</param>
    /// <param name="session">What begins on some of them; null: nothing does.</param>
    public RouteCompiler(
        Compilation compilation,
        IReadOnlyDictionary<string, FallbackPlan> fallbacks,
        FrozenDictionary<string, BackendPlan> backends,
        IEnumerable<SwitchPlan> switches,
        FleetSettings? fleet,
        SessionPlan? session)
    {
        (_compilation, _fallbacks, _backends, _session) = (compilation, fallbacks, backends, session);
        // Asked by each route: to look through the switches' lists there would be routes × routes.
        _switches = switches.SelectMany(static s => s.Routes.Select(r => (Route: r, Switch: s))).ToLookup(static t => t.Route, static t => t.Switch, StringComparer.Ordinal);
        _rateLimits = new(compilation, fleet);
        _hotKeys = new(compilation, fleet, fallbacks);
        _coalesce = new(compilation, session, _hotKeys);
        _load = new(compilation);
        _lastGood = new(compilation, session);
    }

    /// <summary>What of the routes' limits the fleet counts together, once they are made.</summary>
    public IEnumerable<FleetLimitPlan> SharedLimits => _rateLimits.Shared;

    /// <summary>All of them, in the order of the file.</summary>
    public RoutePlan[] All() => [.. _compilation.Policy.Routes.Select(r => Route(r.Key, r.Value))];

    private RoutePlan Route(string name, RoutePolicy written)
    {
        var backend = written.Answer is null ? _backends[written.Backend ?? written.Chain] : null;
        var criticality = written.Criticality ?? _compilation.Policy.Chains[written.Chain].Criticality;
        var switches = _switches[name];
        var timeout = written.Timeout?.Value ?? TimeSpan.FromSeconds(10);
        // Before all else, so that no fallback stands around it and nothing is spent on those whom the machine cannot bear.
        var rules = new List<Rule> { _load.Guard() };
        foreach (var layer in _compilation.Pipeline.Layers)
        {
            rules.AddRange(layer switch
            {
                FallbackLayer => FallbackRules(written, switches),
                SwitchLayer => switches,
                RateLimitLayer => _rateLimits.Of(written),
                CoalesceLayer => [.. _hotKeys.Counting(name, written), .. _coalesce.Of(name, written), .. _hotKeys.Limiting(name, written)],
                ShedLayer when backend is not null => [_load.Shed(name, backend.Name, _session is null ? null : _session with { Step = written.Session })],
                BreakLayer when backend is not null => [_load.Break(name, written)],
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
            Slot = _compilation.State.RouteSlot(name),
            Answer = written.Answer is { } answer ? _fallbacks[answer] : null,
            Attempts = backend is null ? null : new(
                written.Retry is { Budget: > 0 } retry ? retry.Attempts : 0,
                written.Hedge?.After.Value ?? TimeSpan.Zero,
                written.Retry?.Budget ?? new RetryPolicy().Budget,
                _compilation.State.Attempts(name)),
            Timeout = timeout,
            TimeoutText = ((long)timeout.TotalMilliseconds).ToString(CultureInfo.InvariantCulture),
            Fallback = rules.Find(static r => r is FallbackRule { Plan: not null }),
            LastGood = _lastGood.Of(name, written, rules),
            Tally = _compilation.State.Ledger.Tally(written.Chain, name),
        };
    }

    private IEnumerable<Rule> FallbackRules(RoutePolicy written, IEnumerable<SwitchPlan> switches)
    {
        var plan = written.Fallback is { } name ? _fallbacks[name] : null;
        if (plan is null && !switches.Any(static s => s.DivertTo is not null) && written.HotKeys?.Ladder?.Fallback is not { Mode: Mode.Enforce })
        {
            return [];
        }

        var own = plan is null ? null : _compilation.Policy.Fallbacks[plan.Name];
        var mode = _compilation.ModeOf(own?.Mode ?? Mode.Enforce, LayerName.Fallback);
        var rule = plan?.Name ?? "switched";
        return
        [
            new FallbackRule(_compilation.Pipeline.Fallback, rule, mode, _compilation.Shadow(_compilation.Pipeline.Fallback, rule), plan)
            {
                EnforceShare = _compilation.Share(own?.EnforcePercent ?? 100, LayerName.Fallback),
            },
        ];
    }
}
