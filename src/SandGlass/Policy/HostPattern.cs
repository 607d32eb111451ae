namespace SandGlass.Policy;

/// <summary>A host as a policy writes it: "shop.example.com", "*.example.com", "127.0.0.1", "[::1]"; never with a port.</summary>
internal static class HostPattern
{
    public static void Check(IReadOnlyList<string> hosts, string pointer, Findings findings)
    {
        for (int i = 0; i < hosts.Count; i++)
        {
            string name = hosts[i].StartsWith("*.", StringComparison.Ordinal) ? hosts[i][2..] : hosts[i];
            if (hosts[i].Length > 0 && Uri.CheckHostName(name) == UriHostNameType.Unknown)
            {
                findings.Add(PolicyRules.BadHost, JsonPointer.To(pointer, PolicyNode.IndexKey(i)),
                    $"{Words.Quote(hosts[i])} is no host; write a name or address without scheme and port, or \"*.example.com\"");
            }
        }
    }

    /// <summary>Whether a request for one of the second can be for the first: "a.example.com" and "*.example.com".</summary>
    public static bool Overlap(string one, string other) =>
        one.Equals(other, StringComparison.OrdinalIgnoreCase) || Below(one, other) || Below(other, one);

    private static bool Below(string name, string pattern) =>
        pattern.StartsWith("*.", StringComparison.Ordinal)
        && name.EndsWith(pattern[1..], StringComparison.OrdinalIgnoreCase)
        && name.Length > pattern.Length - 1;
}
