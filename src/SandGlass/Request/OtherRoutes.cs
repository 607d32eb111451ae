using SandGlass.Policy;

namespace SandGlass.Request;

/// <summary>Why the other routes do not take a request. Asks the real route table, one route at a time, so it can't tell another story.</summary>
internal static class OtherRoutes
{
    private const int MostTold = 50;

    public static IReadOnlyList<OtherRoute> Of(Snapshot snapshot, Passage passage, string method, string host)
    {
        var path = passage.Path.ToString();
        var segments = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return
        [
            .. snapshot.Routes
                .Where(route => route != passage.Route)
                .Select(route => (route.Name, Reason: Why(route, passage.Route, path, method, host), Near: Nearness(route.Pattern, segments)))
                .OrderBy(static one => one.Reason.Rank)
                .ThenByDescending(static one => one.Near)
                .Take(MostTold)
                .Select(static one => new OtherRoute(one.Name, one.Reason.Why)),
        ];
    }

    private static (int Rank, string Why) Why(RoutePlan route, RoutePlan found, string path, string method, string host)
    {
        if (!Takes(route, [], [], path, method, host))
        {
            return (3, $"its path is {route.Pattern}");
        }

        if (!Takes(route, route.Methods, [], path, method, host))
        {
            return (1, $"it takes {string.Join(", ", route.Methods)} only");
        }

        return Takes(route, route.Methods, route.Hosts, path, method, host)
            ? (0, $"{found.Name} is more specific: {found.Pattern} before {route.Pattern}")
            : (2, $"its hosts are {string.Join(", ", route.Hosts)}");
    }

    private static bool Takes(RoutePlan route, IReadOnlyList<string> methods, IReadOnlyList<string> hosts, string path, string method, string host)
    {
        var alone = new RoutePlan
        {
            Name = route.Name,
            Chain = route.Chain,
            Criticality = route.Criticality,
            Pattern = route.Pattern,
            Tally = route.Tally,
            Methods = methods,
            Hosts = hosts,
        };
        var values = default(RouteValues);
        return new RouteTable([alone]).Find(method, host, path, ref values) is not null;
    }

    // Leading segments in common: what somebody who looks for a mistake wants to see first.
    private static int Nearness(PathPattern pattern, string[] segments)
    {
        var common = 0;
        foreach (var segment in pattern.Segments)
        {
            if (common >= segments.Length || (segment.Kind == PathSegmentKind.Literal && !segment.Text.Equals(segments[common], StringComparison.OrdinalIgnoreCase)))
            {
                break;
            }

            common++;
        }

        return common;
    }
}
