using SandGlass.Fleet;
using SandGlass.Layers.RateLimit;
using SandGlass.Request;

namespace SandGlass.Policy.Compiling;

/// <summary>Makes the rules of rate limits. What all routes of one limit share is made once: above all the texts of its headers, up to 32 KB of them.</summary>
/// <param name="compilation">What there is to compile.</param>
/// <param name="fleet">The fleet that counts together; null: none.</param>
internal sealed class RateLimitRules(Compilation compilation, FleetSettings? fleet)
{
    private readonly Dictionary<string, Limit> _limits = new(StringComparer.Ordinal);

    /// <summary>What of the limits made so far the fleet counts together.</summary>
    public IEnumerable<FleetLimitPlan> Shared => _limits.Values.Select(static l => l.Shared).OfType<FleetLimitPlan>();

    /// <summary>A route's. Paced ones last: a turn cannot be given back, so it is taken when nobody else refuses any more.</summary>
    public IEnumerable<Rule> Of(RoutePolicy written) =>
        written.RateLimits.OrderBy(name => compilation.Policy.RateLimits[name].Algorithm == RateAlgorithm.Paced).Select((name, ordinal) =>
    {
        var limit = compilation.Policy.RateLimits[name];
        if (!_limits.TryGetValue(name, out var common))
        {
            _limits[name] = common = Common(name, limit);
        }

        return new RateLimitPlan(compilation.Pipeline.RateLimit, name, compilation.ModeOf(limit.Mode, LayerName.RateLimit), compilation.Shadow(compilation.Pipeline.RateLimit, name))
        {
            EnforceShare = compilation.Share(limit.EnforcePercent, LayerName.RateLimit),
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
            TicksPerSecond = compilation.Frequency,
        };
    });

    private Limit Common(string name, RateLimitPolicy limit)
    {
        var (most, window) = (RateLimitCompiler.Most(limit), RateLimitCompiler.WindowSeconds(limit));
        var word = PolicyShape.Word(limit.Algorithm);
        var happened = compilation.State.RateLimit(name, limit.Algorithm, limit.MaxKeys);
        var shared = fleet is null ? null : RateLimitCompiler.Shared(name, limit, compilation.State.Fleet, compilation.Frequency);
        return new(
            most,
            window,
            limit.Rate is { } rate ? $"{word} {rate}" : word,
            KeyPlan.Parse(limit.Key),
            shared is null ? RateLimitCompiler.Meter(limit, happened, compilation.Frequency) : new FleetMeter(shared, compilation.State.Fleet),
            happened,
            new(name, most, window, scale => (RateLimitCompiler.Most(limit, scale), RateLimitCompiler.WindowSeconds(limit, scale))),
            shared);
    }

    private sealed record Limit(int Most, int Window, string Rate, KeyPlan Key, RateMeter Meter, RateLimitState State, QuotaHeaders Headers, FleetLimitPlan? Shared);
}
