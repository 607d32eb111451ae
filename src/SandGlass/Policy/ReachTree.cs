namespace SandGlass.Policy;

/// <summary>
/// Who takes what, as the route table decides it: nodes by path, and on each node one owner for every pair of method and host pattern.
/// "" is any method, or any host. Whoever names more of the host wins, then whoever names the method.
/// </summary>
internal sealed class ReachTree
{
    private readonly Dictionary<string, ReachTree> _literals = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<(string Method, string Host), string> _owners = [];
    private bool _namesHosts;

    public ReachTree? Parameter { get; private set; }

    public ReachTree? Rest { get; private set; }

    /// <summary>The node of a pattern, and the one before its last segment.</summary>
    public (ReachTree Node, ReachTree Parent) Walk(PathPattern path)
    {
        ReachTree node = this;
        ReachTree parent = this;
        foreach (PathSegment segment in path.Segments)
        {
            parent = node;
            node = segment.Kind switch
            {
                PathSegmentKind.Literal => node._literals.TryGetValue(segment.Text, out ReachTree? next) ? next : node._literals[segment.Text] = new(),
                PathSegmentKind.Parameter => node.Parameter ??= new(),
                _ => node.Rest ??= new(),
            };
        }

        return (node, parent);
    }

    /// <summary>False when another route has it already.</summary>
    public bool TryOwn(string method, string host, string route)
    {
        _namesHosts |= host.Length > 0;
        return _owners.TryAdd((method, host), route) || _owners[(method, host)] == route;
    }

    /// <summary>The route of this node that takes a request; null: none.</summary>
    public string? Taker(string method, string host)
    {
        if (_owners.Count == 0)
        {
            return null;
        }

        foreach (string pattern in _namesHosts ? HostPattern.Matching(host) : [""])
        {
            if (_owners.TryGetValue((method, pattern), out string? route) || _owners.TryGetValue(("", pattern), out route))
            {
                return route;
            }
        }

        return null;
    }
}
