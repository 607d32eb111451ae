using SandGlass.Request;

namespace SandGlass.Policy;

/// <summary>
/// Routes that no request can reach. Nothing is told that is not so: a route is looked for with requests that match as few other routes
/// as a request can, with a fresh value for each parameter. On these only routes of the same path compete, by host and method; and with a
/// route that ends in a rest, also the routes that take what comes after it: one tail after the other, or all of them at once.
/// A route whose requests are all too long, or of characters that a path never has, is told as well.
/// </summary>
internal static class ReachValidator
{
    /// <summary>Requests that are tried in all; thousands of routes times thousands of hosts must not make reading slow.</summary>
    private const int MostTried = 1_000_000;

    /// <summary>A method that nobody names: stands for all that no route names.</summary>
    private const string OtherMethod = "?";

    public static void Validate(GatewayPolicy policy, IReadOnlyList<(string Name, RouteMatchPolicy Match, PathPattern Path)> routes, Findings findings)
    {
        // Without Trust, hosts that are not ours and targets that are not in normal form pass.
        bool trusts = LayersPolicy.ModeOf(policy.Layers, LayerName.Trust) == Mode.Enforce;
        var hosts = new ReachHosts(trusts ? policy.Edge.Hosts : []);
        var root = new ReachTree();
        var twins = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, match, path) in routes)
        {
            ReachTree node = root.Walk(path).Node;
            foreach (var (method, host) in Slots(match))
            {
                // An error of its own says so.
                if (!node.TryOwn(method, host, name))
                {
                    twins.Add(name);
                }
            }
        }

        int tried = 0;
        foreach (var (name, match, path) in routes.Where(route => !twins.Contains(route.Name)))
        {
            string at = JsonPointer.Of("routes", name, "match");
            if (Never(path, match, policy.Edge.Limits.RequestLine, trusts) is { } why)
            {
                findings.Add(PolicyRules.Unreachable, at + "/path", "no request can reach this route: " + why);
            }
            else if (tried < MostTried && Takers(root, hosts, name, match, path, ref tried) is { } takers)
            {
                findings.Add(PolicyRules.Unreachable, at + (takers.Count == 0 ? "/hosts" : "/path"), takers.Count == 0
                    ? "no request can reach this route: none of its hosts is among edge.hosts"
                    : $"no request can reach this route: all that it takes goes to {Words.List([.. takers.Select(Words.Quote)])}; change its path, methods or hosts, or take it out");
            }
        }
    }

    /// <summary>What keeps every request away, whatever other routes there are; null: nothing.</summary>
    private static string? Never(PathPattern path, RouteMatchPolicy match, ByteSize requestLine, bool trusts)
    {
        int parameters = path.Segments.Count(segment => segment.Kind == PathSegmentKind.Parameter);
        if (parameters > RouteValues.Most)
        {
            return $"its path has {parameters} parameters, and at most {RouteValues.Most} are matched; end it in \"{{**rest}}\" instead";
        }

        foreach (PathSegment segment in path.Segments.Where(segment => trusts && segment.Kind == PathSegmentKind.Literal))
        {
            if (segment.Text.Contains(';'))
            {
                return "\";\" begins a path parameter, and such paths are refused; take the segment as a parameter, \"{name}\"";
            }
        }

        // HTTP/2 counts method, scheme, host and path; HTTP/1.1 counts more.
        int shortest = Math.Max(1, path.Segments.Sum(segment => segment.Kind switch { PathSegmentKind.Literal => 1 + segment.Text.Length, PathSegmentKind.Parameter => 2, _ => 0 }))
            + (match.Methods is { Count: > 0 } methods ? methods.Min(method => method.Length) : 1) + "http".Length + 1;
        return shortest > requestLine.Bytes
            ? $"its shortest request line has {shortest:N0} bytes, and edge.limits.requestLine is {requestLine}; raise that, or shorten the path"
            : null;
    }

    /// <summary>Who takes all its requests; none where no request has such a host; null when one of them reaches it.</summary>
    private static HashSet<string>? Takers(ReachTree root, ReachHosts hosts, string name, RouteMatchPolicy match, PathPattern path, ref int tried)
    {
        var takers = new HashSet<string>(StringComparer.Ordinal);
        var (node, parent) = root.Walk(path);
        bool rest = path.Segments is [.., { Kind: PathSegmentKind.Rest }];
        int parameters = path.Segments.Count(segment => segment.Kind == PathSegmentKind.Parameter);
        foreach (var (named, pattern) in Slots(match))
        {
            string method = named.Length == 0 ? OtherMethod : named;
            foreach (string host in hosts.Of(pattern))
            {
                if (++tried > MostTried)
                {
                    return null;
                }

                string? taker = node.Taker(method, host);
                if (taker != name)
                {
                    takers.Add(taker!);
                }
                else if (!rest || !IsTaken(parent, parameters, method, host, takers))
                {
                    return null;
                }
            }
        }

        return takers;
    }

    /// <summary>
    /// Whether others take all that may follow a node: nothing, one segment, two, and so on, until one takes whatever there is. Beyond
    /// the most parameters that are matched nobody but a rest can.
    /// </summary>
    private static bool IsTaken(ReachTree node, int parameters, string method, string host, HashSet<string> takers)
    {
        var found = new List<string>();
        for (string? taker = node.Taker(method, host); taker is not null; taker = node.Taker(method, host))
        {
            found.Add(taker);
            if (node.Parameter is not { } next || ++parameters > RouteValues.Most)
            {
                return false;
            }

            node = next;
            if (node.Rest?.Taker(method, host) is { } all)
            {
                takers.UnionWith(found);
                takers.Add(all);
                // What takes just so many segments goes before what takes all of them.
                if (node.Taker(method, host) is { } one)
                {
                    takers.Add(one);
                }

                return true;
            }
        }

        return false;
    }

    private static IEnumerable<(string Method, string Host)> Slots(RouteMatchPolicy match) =>
        from host in (match.Hosts is { Count: > 0 } hosts ? hosts : [""]).Select(HostPattern.Normal).Distinct()
        from method in (match.Methods is { Count: > 0 } methods ? methods : [""]).Distinct()
        select (method, host);
}
