namespace SandGlass.Policy;

/// <summary>
/// The hosts that requests can have: all, or those of edge.hosts. For each host pattern of a route it knows a few hosts that stand for all
/// that the pattern takes: where a route is found for any host, it is found for one of these, since they match no pattern that they need not.
/// </summary>
internal sealed class ReachHosts
{
    /// <summary>A label that nobody can write, so that no other pattern names it.</summary>
    private const string Fresh = "?";

    private readonly HashSet<string> _ours;
    private readonly ILookup<string, string> _below;

    /// <param name="ours">edge.hosts; empty: every host is ours.</param>
    public ReachHosts(IEnumerable<string> ours)
    {
        _ours = [.. ours.Select(HostPattern.Normal)];
        _below = _ours
            .SelectMany(one => HostPattern.Matching(StandsFor(one)).Select(pattern => (Pattern: pattern, Host: StandsFor(one))))
            .ToLookup(pair => pair.Pattern, pair => pair.Host, StringComparer.Ordinal);
    }

    /// <summary>Hosts that stand for all requests of a pattern ("" is any host); none where no host of it is ours.</summary>
    public IEnumerable<string> Of(string pattern)
    {
        string one = StandsFor(pattern);
        return _ours.Count == 0 || (pattern.Length > 0 && HostPattern.Matching(one).Any(_ours.Contains)) ? [one] : _below[pattern];
    }

    private static string StandsFor(string pattern) =>
        pattern.Length == 0 ? Fresh : pattern.StartsWith('*') ? Fresh + pattern[1..] : pattern;
}
