using SandGlass.Policy;

namespace SandGlass.Request;

/// <summary>
/// Finds the route of a path: a tree of segments, more specific first (a literal before a parameter before the rest), whatever the order
/// in the policy. Case and one trailing slash do not matter, so that no spelling that a backend takes for the same path slips past a
/// route's limits. Ours and not ASP.NET's, so that one request sees one policy and <c>explain</c> asks the very same code.
/// Immutable; a look-up allocates nothing.
/// </summary>
public sealed class RouteTable
{
    private readonly Node _root = new();

    /// <summary>Builds the tree.</summary>
    public RouteTable(IEnumerable<RoutePlan> routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        foreach (var route in routes)
        {
            var node = _root;
            foreach (var segment in route.Pattern.Segments)
            {
                node = segment.Kind switch
                {
                    PathSegmentKind.Literal => node.Literal(RequestTarget.Encode(segment.Text)),
                    PathSegmentKind.Parameter => node.Parameter ??= new(),
                    _ => node.Rest ??= new(),
                };
            }

            node.Routes.Add(route);
        }
    }

    /// <summary>The route for a method, host and normal path, or null; fills in where its parameters lie.</summary>
    public RoutePlan? Find(string method, ReadOnlySpan<char> host, ReadOnlySpan<char> path, ref RouteValues values)
    {
        var end = path.Length > 1 && path[^1] == '/' ? path.Length - 1 : path.Length;
        return Find(_root, method, host, path[..end], 0, 0, ref values);
    }

    // at: where the next segment's slash stands, or the end.
    private static RoutePlan? Find(
        Node node, string method, ReadOnlySpan<char> host, ReadOnlySpan<char> path, int at, int parameter, ref RouteValues values)
    {
        if (at >= path.Length || (at == 0 && path.Length == 1))
        {
            return node.Pick(method, host) ?? PickRest(node, method, host, path.Length, path.Length, parameter, ref values);
        }

        var start = at + 1;
        var length = path[start..].IndexOf('/');
        length = length < 0 ? path.Length - start : length;
        if (node.TryLiteral(path.Slice(start, length), out var next)
            && Find(next, method, host, path, start + length, parameter, ref values) is { } literal)
        {
            return literal;
        }

        if (node.Parameter is { } child && parameter < RouteValues.Most)
        {
            values[parameter] = (start, length);
            if (Find(child, method, host, path, start + length, parameter + 1, ref values) is { } found)
            {
                values[parameter] = (start, length);
                return found;
            }
        }

        return PickRest(node, method, host, start, path.Length, parameter, ref values);
    }

    private static RoutePlan? PickRest(
        Node node, string method, ReadOnlySpan<char> host, int start, int end, int parameter, ref RouteValues values)
    {
        if (node.Rest?.Pick(method, host) is not { } rest)
        {
            return null;
        }

        if (parameter < RouteValues.Most)
        {
            values[parameter] = (start, end - start);
        }

        return rest;
    }

    private sealed class Node
    {
        private readonly Dictionary<string, Node> _literals = new(StringComparer.OrdinalIgnoreCase);
        private readonly Dictionary<string, Node>.AlternateLookup<ReadOnlySpan<char>> _bySpan;

        public Node() => _bySpan = _literals.GetAlternateLookup<ReadOnlySpan<char>>();

        public Node? Parameter { get; set; }

        public Node? Rest { get; set; }

        public List<RoutePlan> Routes { get; } = [];

        public Node Literal(string text) => _literals.TryGetValue(text, out var node) ? node : _literals[text] = new();

        public bool TryLiteral(ReadOnlySpan<char> text, out Node node) => _bySpan.TryGetValue(text, out node!);

        public RoutePlan? Pick(string method, ReadOnlySpan<char> host)
        {
            RoutePlan? best = null;
            var closest = -1;
            foreach (var route in Routes)
            {
                if (route.Closeness(method, host) is var closeness && closeness > closest)
                {
                    (best, closest) = (route, closeness);
                }
            }

            return best;
        }
    }
}
