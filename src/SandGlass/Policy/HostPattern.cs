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

    /// <summary>Hosts are compared without case.</summary>
    public static string Normal(string pattern) => pattern.ToLowerInvariant();

    /// <summary>All patterns that take a host, the closest first: itself, "*.…" from long to short, and "" for any host. In normal form.</summary>
    public static IEnumerable<string> Matching(string host)
    {
        yield return host;
        for (int dot = host.IndexOf('.', 1); dot > 0; dot = host.IndexOf('.', dot + 1))
        {
            yield return "*" + host[dot..];
        }

        if (host.Length > 0)
        {
            yield return "";
        }
    }
}
