using System.Collections.Frozen;

namespace SandGlass.Request;

/// <summary>
/// The headers by which a proxy speaks of the client, of the original request, or of us. From a stranger they are spoofed; from a trusted
/// proxy they are read, then written anew, or dropped: no CDN can be relied on to take them all off. A closed set, so that it can be a metric's label.
/// Not a layer's own: Trust takes them off, and whoever lets a policy name a header must know that nobody after Trust will see these.
/// </summary>
public static class ForwardingHeaders
{
    /// <summary>What client copies of our own headers begin with.</summary>
    public const string OwnPrefix = "x-sandglass-";

    /// <summary>How long the caller still waits, in milliseconds; believed from trusted proxies.</summary>
    public const string Deadline = OwnPrefix + "deadline-ms";

    /// <summary>The label of a header that the policy names as the word of trusted proxies (the client, the edge proof, how critical it is), and that is none of the known.</summary>
    public const string Named = "named-in-policy";

    // All X-Forwarded-…, whatever one more proxy calls it: from user and groups (oauth2-proxy) to the client's certificate (Envoy).
    private const string Prefix = "x-forwarded-";

    private static readonly FrozenDictionary<string, string> Names = new[]
    {
        // Whose request it is.
        "x-forwarded-for", "forwarded", "x-forwarded", "forwarded-for", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "true-client-ip",
        "cf-connecting-ip", "cf-connecting-ipv6", "cf-pseudo-ipv4", "fastly-client-ip", "x-original-forwarded-for", "x-azure-clientip",
        "x-azure-socketip", "x-appengine-user-ip", "x-envoy-external-address", "x-envoy-internal", "x-remote-addr", "x-remote-ip", "remote-addr",
        "client-ip", "x-originating-ip", "x-original-remote-addr", "x-proxyuser-ip", "wl-proxy-client-ip", "proxy-client-ip",
        "x-forwarded-client-ip",
        // Who has logged in, or has a certificate (RFC 9440 the first two), as a proxy with that task tells it.
        "client-cert", "client-cert-chain", "x-forwarded-client-cert", "x-client-cert", "x-ssl-client-cert", "x-ssl-client-verify",
        "x-ssl-client-dn", "x-ssl-client-s-dn", "x-arr-clientcert", "x-amzn-mtls-clientcert", "ssl-client-cert", "ssl-client-verify",
        "ssl-client-subject-dn", "wl-proxy-client-cert", "x-forwarded-user", "x-forwarded-email", "x-forwarded-groups",
        "x-forwarded-preferred-username", "x-forwarded-access-token", "x-auth-request-user", "x-auth-request-email", "x-auth-request-groups",
        "x-auth-request-preferred-username", "x-auth-request-access-token", "x-remote-user", "remote-user", "x-webauth-user",
        // What it asked for.
        "x-forwarded-proto", "x-forwarded-protocol", "x-forwarded-scheme", "x-forwarded-ssl", "x-forwarded-host", "x-forwarded-port",
        "x-forwarded-prefix", "x-forwarded-server", "x-forwarded-by", "x-forwarded-method", "x-forwarded-uri", "x-forwarded-url",
        "x-forwarded-path", "x-forwarded-pathbase", "x-scheme", "x-url-scheme", "front-end-https", "x-arr-ssl", "wl-proxy-ssl",
        "x-original-url", "x-original-uri", "x-original-path", "x-original-method", "x-original-host", "x-original-proto", "x-rewrite-url",
        "x-envoy-original-path", "x-envoy-original-host", "x-http-host-override", "x-host-override", "x-http-method-override",
        "x-http-method", "x-method-override",
    }.ToFrozenDictionary(static n => n, static n => n, StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> BySpan =
        Names.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>All of them, lower case; and the words for the rest of X-Forwarded-…, for client copies of our own, and for those of the policy.</summary>
    public static IEnumerable<string> Labels => Names.Values.Append(Prefix + "*").Append(OwnPrefix + "*").Append(Named).Order(StringComparer.Ordinal);

    /// <summary>
    /// The label of a header that must not pass as it came, or null. Underscores count as dashes: some servers read
    /// <c>X_Forwarded_For</c> as <c>X-Forwarded-For</c>.
    /// </summary>
    public static string? LabelOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!MayBeOne(name))
        {
            return null;
        }

        // The set's names are shorter than this; of a longer one only the beginning matters.
        var read = name.AsSpan(0, Math.Min(name.Length, 40));
        Span<char> dashed = stackalloc char[read.Length];
        read.Replace(dashed, '_', '-');
        return dashed.StartsWith(OwnPrefix, StringComparison.OrdinalIgnoreCase) ? OwnPrefix + "*"
            : BySpan.TryGetValue(dashed, out var label) ? label
            : dashed.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? Prefix + "*" : null;
    }

    /// <summary>Whether two names are one header to somebody who reads underscores as dashes.</summary>
    public static bool IsSame(string name, string other)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(other);
        if (name.Length != other.Length)
        {
            return false;
        }

        for (var i = 0; i < name.Length; i++)
        {
            if (char.ToLowerInvariant(name[i]) != char.ToLowerInvariant(other[i]) && !(name[i] is '-' or '_' && other[i] is '-' or '_'))
            {
                return false;
            }
        }

        return true;
    }

    // All that is in the set, and little else: most headers leave here, a browser's many Sec-… too.
    private static bool MayBeOne(string name) => name.Length >= 8 && (name[0] | 0x20) switch
    {
        'x' or 'f' or 't' or 'c' or 'r' or 'w' or 'p' => true,
        's' => (name[1] | 0x20) == 's',
        _ => false,
    };
}
