using System.Globalization;
using SandGlass.Policy;

namespace SandGlass.Layers.RateLimit;

/// <summary>
/// Rate limits against what the backends are declared to bear. What is told can truly happen: it is a load that all limits admit. A route
/// without limits tells nothing (shedding is there for it), nor does one that coalesces (its backend is asked by misses alone).
/// </summary>
internal static class CapacityValidator
{
    public static void Validate(GatewayPolicy policy, Findings findings)
    {
        bool limits = LayersPolicy.ModeOf(policy.Layers, LayerName.RateLimit) == Mode.Enforce;
        bool coalesces = LayersPolicy.ModeOf(policy.Layers, LayerName.Coalesce) == Mode.Enforce;
        if (!limits || policy.Backends.Values.All(backend => backend.Capacity is null))
        {
            return;
        }

        var asked = policy.Routes
            .Where(route => route.Value.Answer is null && !(coalesces && route.Value.Coalesce is { Mode: Mode.Enforce }))
            .ToLookup(route => route.Value.Backend ?? route.Value.Chain, StringComparer.Ordinal);
        var keys = policy.RateLimits
            .Where(limit => limit.Value is { Mode: Mode.Enforce, EnforcePercent: 100, Algorithm: not RateAlgorithm.Concurrency })
            .ToDictionary(limit => limit.Key, limit => new LimitKey(limit.Key, limit.Value), StringComparer.Ordinal);
        foreach ((string name, BackendPolicy backend) in policy.Backends)
        {
            if (backend.Capacity is { } capacity)
            {
                LimitedRoute[] routes =
                [
                    .. asked[name].Select(route => new LimitedRoute(route.Key, route.Value.Cost,
                        [.. route.Value.RateLimits.Where(keys.ContainsKey).Select(limit => keys[limit].On(route.Key, route.Value))])),
                ];
                Together(name, capacity, routes, findings);
                Alone(name, capacity, routes, findings);
            }
        }
    }

    /// <summary>
    /// What limits that count everybody together admit. Each route takes what is left in all its buckets, the cheapest requests first, so
    /// the sum is a load that could come; with buckets that overlap in odd ways there may be a higher one.
    /// </summary>
    private static void Together(string backend, Rate capacity, LimitedRoute[] routes, Findings findings)
    {
        var left = new Dictionary<(string Limit, string Key), double>();
        var parts = new List<(string Text, double Admitted)>();
        double sum = 0;
        foreach (LimitedRoute route in routes.OrderBy(route => route.Cost))
        {
            var buckets = route.Limits.Where(limit => limit.Bucket is not null).DistinctBy(limit => limit.Name).ToArray();
            if (buckets.Length == 0)
            {
                continue;
            }

            double admitted = buckets.Min(one => left.GetValueOrDefault((one.Name, one.Bucket!), one.PerSecond) / one.Tokens);
            foreach (LimitOnRoute one in buckets)
            {
                left[(one.Name, one.Bucket!)] = left.GetValueOrDefault((one.Name, one.Bucket!), one.PerSecond) - (admitted * one.Tokens);
            }

            if (admitted > 0)
            {
                parts.Add(($"{PerSecond(admitted)} on {Words.Quote(route.Name)} by {string.Join(" and ", buckets.Select(one => Words.Quote(one.Name)))}", admitted));
                sum += admitted;
            }
        }

        if (sum > capacity.PerSecond * Slack)
        {
            string[] largest = [.. parts.OrderByDescending(part => part.Admitted).Select(part => part.Text)];
            findings.Add(PolicyRules.OverCapacity, JsonPointer.Of("backends", backend, "capacity"),
                $"its routes' limits admit {PerSecond(sum)} together, and {Words.Quote(backend)} bears {capacity}: {Words.List(largest)}; lower the limits, or correct the capacity");
        }
    }

    /// <summary>What one client, or whatever a limit's key is, may ask of the backend by itself on one route.</summary>
    private static void Alone(string backend, Rate capacity, LimitedRoute[] routes, Findings findings)
    {
        var told = new HashSet<string>(StringComparer.Ordinal);
        foreach (LimitedRoute route in routes)
        {
            // Who may leave a part of the key out is not held by such a limit; it is looked at only where there is no other.
            LimitOnRoute? tightest = route.Limits.Where(limit => limit.Key.Binds).MinBy(limit => limit.Requests)
                ?? route.Limits.MinBy(limit => limit.Requests);
            if (tightest is { Bucket: null } && tightest.Requests > capacity.PerSecond * Slack && told.Add(tightest.Name))
            {
                findings.Add(PolicyRules.OverCapacity, JsonPointer.Of("rateLimits", tightest.Name, "rate"),
                    $"one {tightest.Key.Who} alone may ask {PerSecond(tightest.Requests)} of the backend {Words.Quote(backend)} on the route {Words.Quote(route.Name)}, and it bears {capacity}; lower the rate, or correct the capacity");
            }
        }
    }

    /// <summary>Sums of decimal fractions do not meet exactly.</summary>
    private const double Slack = 1 + 1e-9;

    private static string PerSecond(double rate) => rate.ToString(rate < 10 ? "0.##" : "0", CultureInfo.InvariantCulture) + "/s";

    /// <summary>A route with the limits that hold it.</summary>
    private sealed record LimitedRoute(string Name, int Cost, IReadOnlyList<LimitOnRoute> Limits);

    /// <summary>A limit as one route meets it.</summary>
    /// <param name="Key">The limit.</param>
    /// <param name="Tokens">Tokens that a request of the route takes.</param>
    /// <param name="Bucket">Which count, where everybody on the route has the same one; null where clients differ.</param>
    private sealed record LimitOnRoute(LimitKey Key, double Tokens, string? Bucket)
    {
        public string Name => Key.Name;

        /// <summary>Tokens that come in a second.</summary>
        public double PerSecond => Key.Limit.Rate?.PerSecond ?? 0;

        public double Requests => PerSecond / Tokens;
    }

    /// <summary>What a limit counts apart; worked out once for all routes that name it.</summary>
    private sealed class LimitKey(string name, RateLimitPolicy limit)
    {
        private readonly KeyPart[] _parts = [.. limit.Key.Select(key => KeyPart.TryParse(key, out KeyPart part) ? part : default)];

        public string Name => name;

        public RateLimitPolicy Limit => limit;

        /// <summary>Whether no request can go around it by leaving a part of the key out.</summary>
        public bool Binds => limit.Absent == AbsentKey.Anonymous
            || Array.TrueForAll(_parts, part => part.Kind is KeyPartKind.Route or KeyPartKind.Chain or KeyPartKind.Client or KeyPartKind.PathParameter);

        /// <summary>Whom it counts apart, for people.</summary>
        public string Who => _parts is [{ Kind: KeyPartKind.Client }] ? "client" : $"key ({Words.List([.. limit.Key.Select(Words.Visible)])})";

        public LimitOnRoute On(string route, RoutePolicy written)
        {
            bool common = Array.TrueForAll(_parts, part => part.Kind is KeyPartKind.Route or KeyPartKind.Chain);
            return new(this, (double)limit.Cost * written.Cost,
                common ? string.Join(' ', _parts.Select(part => part.Kind == KeyPartKind.Route ? route : written.Chain)) : null);
        }
    }
}
