using System.Collections.Frozen;
using SandGlass.Request;

namespace SandGlass.Yarp;

/// <summary>One header of what goes to the backend.</summary>
internal static class SentHeader
{
    // Of this hop only (RFC 9110 §7.6.1), or written by us.
    private static readonly FrozenSet<string> NotForwarded = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authentication-Info", "Proxy-Authorization",
        "Transfer-Encoding", "Upgrade", "TE", "HTTP2-Settings", "Alt-Svc", "Host");

    /// <summary>Whether the client's own may go on.</summary>
    public static bool MayGo(string name) => name[0] != ':' && !NotForwarded.Contains(name);

    /// <summary>Adds one, as it is written: to the request, or to its body where it speaks of that.</summary>
    public static void Add(HttpRequestMessage to, string name, string value)
    {
        if (!to.Headers.TryAddWithoutValidation(name, value))
        {
            to.Content?.Headers.TryAddWithoutValidation(name, value);
        }
    }

    /// <summary>Adds the client's, where it has sent one.</summary>
    public static void Copy(Passage passage, HttpRequestMessage to, string name)
    {
        if (passage.Headers.TryGetValue(name, out var value) && value.Count > 0)
        {
            Add(to, name, value.ToString());
        }
    }
}
