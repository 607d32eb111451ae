using System.Collections.Frozen;

namespace SandGlass.Layers.Trust;

/// <summary>
/// The headers by which a proxy speaks of the client, of the original request, or of us. From a stranger they are spoofed; from a trusted
/// proxy they are read, then written anew. A closed set, so that it can be a metric's label.
/// </summary>
public static class ForwardingHeaders
{
    /// <summary>What client copies of our own headers begin with.</summary>
    public const string OwnPrefix = "x-sandglass-";

    /// <summary>How long the caller still waits, in milliseconds; believed from trusted proxies.</summary>
    public const string Deadline = OwnPrefix + "deadline-ms";

    /// <summary>The label of a header that the policy names as one that tells the client, or as the edge proof, and that is none of the known.</summary>
    public const string Named = "named-in-policy";

    private static readonly FrozenDictionary<string, string> Names = new[]
    {
        "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "x-forwarded-prefix", "x-forwarded-server",
        "x-forwarded-scheme", "x-forwarded-ssl", "forwarded", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "true-client-ip",
        "cf-connecting-ip", "cf-connecting-ipv6", "fastly-client-ip", "x-original-url", "x-original-host", "x-rewrite-url",
        "x-http-method-override", "x-http-method", "x-method-override", "x-original-forwarded-for", "x-azure-clientip", "x-remote-addr",
        "x-remote-ip", "client-ip",
    }.ToFrozenDictionary(static n => n, static n => n, StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> BySpan =
        Names.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>All of them, lower case; and the words for client copies of our own, and for those of the policy.</summary>
    public static IEnumerable<string> Labels => Names.Values.Append(OwnPrefix + "*").Append(Named).Order(StringComparer.Ordinal);

    /// <summary>
    /// The label of a header that must not pass as it came, or null. Underscores count as dashes: some servers read
    /// <c>X_Forwarded_For</c> as <c>X-Forwarded-For</c>.
    /// </summary>
    public static string? LabelOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        // Everything in the set is 9 to 24 letters long and begins with one of four letters: most headers leave here.
        if (name.Length < 9 || (name[0] | 0x20) is not ('x' or 'f' or 't' or 'c'))
        {
            return null;
        }

        // The set's names are shorter than this; of a longer one only the beginning matters.
        var read = name.AsSpan(0, Math.Min(name.Length, 40));
        Span<char> dashed = stackalloc char[read.Length];
        read.Replace(dashed, '_', '-');
        return dashed.StartsWith(OwnPrefix, StringComparison.OrdinalIgnoreCase) ? OwnPrefix + "*"
            : BySpan.TryGetValue(dashed, out var label) ? label : null;
    }
}
