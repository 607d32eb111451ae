using SandGlass.Layers.Break;
using SandGlass.Layers.Coalesce;
using SandGlass.Layers.Fallback;
using SandGlass.Layers.RateLimit;
using SandGlass.Layers.Shed;
using SandGlass.Layers.Switch;
using SandGlass.Layers.Trust;

namespace SandGlass.Policy;

/// <summary>The whole policy of one gateway: what the operator writes, in one file. Only backends and routes are required.</summary>
public sealed record GatewayPolicy
{
    /// <summary>Where editors find the JSON Schema. Not read by the gateway.</summary>
    public string? Schema { get; init; }

    /// <summary>A name for people: shown in the console and in logs. Default "sandglass".</summary>
    public string Name { get; init; } = "sandglass";

    /// <summary>The promotion: its timeline and its goals. Default: none.</summary>
    public EventPolicy? Event { get; init; }

    /// <summary>Layer 10, Trust: who stands in front of us, and what of theirs we believe.</summary>
    public EdgePolicy Edge { get; init; } = new();

    /// <summary>Whole layers turned off or to shadow. Default: all enforce.</summary>
    public IReadOnlyDictionary<LayerName, LayerPolicy> Layers { get; init; } = new OrderedDictionary<LayerName, LayerPolicy>();

    /// <summary>Business chains, laid over the four of a shop.</summary>
    [Named, OverDefaults]
    public IReadOnlyDictionary<string, ChainPolicy> Chains { get; init; } = ChainPolicy.Defaults;

    /// <summary>The services behind the gateway. Needed, at least one.</summary>
    [Needed, NotEmpty, Named]
    public IReadOnlyDictionary<string, BackendPolicy> Backends { get; init; } = new OrderedDictionary<string, BackendPolicy>();

    /// <summary>The requests that are let in. Needed, at least one. What no route takes is answered 404.</summary>
    [Needed, NotEmpty, Named]
    public IReadOnlyDictionary<string, RoutePolicy> Routes { get; init; } = new OrderedDictionary<string, RoutePolicy>();

    /// <summary>Layer 40: quotas, named by routes.</summary>
    [Named]
    public IReadOnlyDictionary<string, RateLimitPolicy> RateLimits { get; init; } = new OrderedDictionary<string, RateLimitPolicy>();

    /// <summary>Layer 60: the room for answers that are kept.</summary>
    public CachePolicy Cache { get; init; } = new();

    /// <summary>Layer 70: what happens when there is more than the backends bear.</summary>
    public SheddingPolicy Shedding { get; init; } = new();

    /// <summary>Layer 80: when a backend is left alone for a while.</summary>
    public BreakersPolicy Breakers { get; init; } = new();

    /// <summary>Layer 20: degraded answers, named by routes and switches.</summary>
    [Named]
    public IReadOnlyDictionary<string, FallbackPolicy> Fallbacks { get; init; } = new OrderedDictionary<string, FallbackPolicy>();

    /// <summary>Layer 20: the room for the answers that `lastGood` repeats.</summary>
    public LastGoodPolicy LastGood { get; init; } = new();

    /// <summary>Layer 30: what ops may throw.</summary>
    [Named]
    public IReadOnlyDictionary<string, SwitchPolicy> Switches { get; init; } = new OrderedDictionary<string, SwitchPolicy>();

    /// <summary>Sets of switches that are thrown together.</summary>
    [Named]
    public IReadOnlyDictionary<string, PlanPolicy> Plans { get; init; } = new OrderedDictionary<string, PlanPolicy>();

    /// <summary>Measured values that somebody is told about.</summary>
    [Named]
    public IReadOnlyDictionary<string, AlarmPolicy> Alarms { get; init; } = new OrderedDictionary<string, AlarmPolicy>();

    /// <summary>Who is told of them. Default: they are shown only.</summary>
    public WebhookPolicy? AlarmWebhook { get; init; }

    /// <summary>Requests that may ask what becomes of them. Default: none may.</summary>
    public ExplainPolicy? Explain { get; init; }

    /// <summary>A line for every request. Default: none is written.</summary>
    public AccessLogPolicy? AccessLog { get; init; }

    /// <summary>Shared state of a fleet. Default: none, this gateway is alone.</summary>
    public FleetPolicy? Fleet { get; init; }
}
