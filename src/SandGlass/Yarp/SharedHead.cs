using Microsoft.Net.Http.Headers;
using SandGlass.Algorithms.Caching;
using SandGlass.Layers.Coalesce;
using SandGlass.Request;

namespace SandGlass.Yarp;

/// <summary>
/// The head of a shared fetch: of the client's headers only what is in the key, and what answers are known to differ by. It is made for nobody in
/// particular: who leads it must not show in what the others get.
/// </summary>
internal static class SharedHead
{
    /// <summary>Writes it.</summary>
    public static void Write(Passage passage, HttpRequestMessage to, Flight flight)
    {
        var plan = flight.Plan;
        foreach (var name in plan.HeaderNames)
        {
            SentHeader.Copy(passage, to, name);
        }

        CopyCookies(passage, to, plan);
        foreach (var name in plan.SentNames)
        {
            CopyVaried(passage, to, name);
        }

        if (flight.IsAuthorized && !plan.HeaderNames.Contains(HeaderNames.Authorization, StringComparer.OrdinalIgnoreCase))
        {
            SentHeader.Copy(passage, to, HeaderNames.Authorization);
        }

        // The leader's trace, if it is one: nothing that a client could smuggle into what others get.
        if (TraceParent.IsValid(passage.Headers.TraceParent))
        {
            SentHeader.Copy(passage, to, "traceparent");
        }

        foreach (var name in flight.Names)
        {
            if (!plan.SentNames.Contains(name))
            {
                CopyVaried(passage, to, name);
            }
        }

        Ask(to, flight.Known);
    }

    // Of all that a client keeps only what is in the key: the others may say who it is.
    private static void CopyCookies(Passage passage, HttpRequestMessage to, CoalescePlan plan)
    {
        if (plan.CookieNames.Length == 0 || plan.HeaderNames.Contains(HeaderNames.Cookie, StringComparer.OrdinalIgnoreCase))
        {
            return;
        }

        var cookies = string.Empty;
        foreach (var name in plan.CookieNames)
        {
            if (Cookies.TryFind(passage.Headers.Cookie, name, out var value))
            {
                cookies += string.Concat(cookies.Length == 0 ? string.Empty : "; ", name, "=", value);
            }
        }

        if (cookies.Length > 0)
        {
            SentHeader.Add(to, HeaderNames.Cookie, cookies);
        }
    }

    private static void CopyVaried(Passage passage, HttpRequestMessage to, string name)
    {
        if (VaryKey.IsSent(name) && SentHeader.MayGo(name))
        {
            SentHeader.Copy(passage, to, name);
        }
    }

    // Whether what is kept is good still (RFC 9111 §4.3.1).
    private static void Ask(HttpRequestMessage to, StoredAnswer? known)
    {
        if (known?.ETag is { } tag)
        {
            SentHeader.Add(to, HeaderNames.IfNoneMatch, tag);
        }

        if (known?.LastModified is { } modified)
        {
            SentHeader.Add(to, HeaderNames.IfModifiedSince, modified);
        }
    }
}
