using SandGlass.Policy;

namespace SandGlass.Layers.Trust;

/// <summary>What becomes of a request that does not come through a trusted proxy.</summary>
public enum DirectAccess
{
    /// <summary>It is served; its socket address is its client address.</summary>
    Allow,

    /// <summary>403: all traffic must come through the CDN.</summary>
    Refuse,
}

/// <summary>Who stands in front of us, and what of theirs we believe.</summary>
public sealed record EdgePolicy
{
    /// <summary>
    /// Address ranges whose forwarding headers are believed: "10.0.0.0/8", one address, or "file:PATH" of a list (one a line, # comments,
    /// at most 100,000 lines; a change of it comes into force like one of the policy). A comment line "# updated: 2026-11-20" (or "# date: …", with a colon or without) in a list tells when it was
    /// written or last compared with what the CDN publishes; the newest such line counts, and without one the day of the file. Check warns
    /// after 90 days. Default: none, so nobody is believed.
    /// </summary>
    public IReadOnlyList<string> TrustedProxies { get; init; } = [];

    /// <summary>
    /// Headers that name the client, the first one present wins: "X-Forwarded-For", "Forwarded", "CF-Connecting-IP", "True-Client-IP"
    /// or another of the CDN's own. Default X-Forwarded-For.
    /// </summary>
    [NotEmpty]
    public IReadOnlyList<string> ClientIpHeaders { get; init; } = ["X-Forwarded-For"];

    /// <summary>Leading bits, 16..128, of an IPv6 address that make one client. Default 64: one household's network.</summary>
    [Within(16, 128)]
    public int ClientPrefixV6 { get; init; } = 64;

    /// <summary>"allow" (default) or "refuse": 403 for whoever does not come through a trusted proxy.</summary>
    public DirectAccess DirectAccess { get; init; } = DirectAccess.Allow;

    /// <summary>A secret that the CDN sends with each request. Default: none, the address alone is believed.</summary>
    public EdgeProofPolicy? Proof { get; init; }

    /// <summary>How large and how slow a request may be.</summary>
    public EdgeLimitsPolicy Limits { get; init; } = new();

    /// <summary>Host names that are ours, without port; "*.example.com" for all below one. Default: empty, all are.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>Status for a host that is not ours: 404 (default) or 421, which tells HTTP/2 clients to try another connection.</summary>
    [OneOf(404, 421)]
    public int UnknownHost { get; init; } = 404;
}

/// <summary>A shared secret that the CDN sets: proves that a request took the way through it.</summary>
public sealed record EdgeProofPolicy
{
    /// <summary>The header. Default "X-Edge-Proof". Never forwarded, never logged.</summary>
    public string Header { get; init; } = "X-Edge-Proof";

    /// <summary>
    /// Where the secret is: "env:NAME" or "file:PATH", never the secret itself; or a list of such, of which each is taken: while a secret
    /// is changed, the CDN may send the old one or the new one. Needed.
    /// </summary>
    [Needed, OneOrMany, NotEmpty]
    public IReadOnlyList<string> Secret { get; init; } = [];
}

/// <summary>How large and how slow a request may be.</summary>
public sealed record EdgeLimitsPolicy
{
    /// <summary>All header lines together, "1KB".."1MB". Default "32KB". Above: 431.</summary>
    [Within("1KB", "1MB")]
    public ByteSize Headers { get; init; } = new(32 << 10);

    /// <summary>Header lines, 10..1,000. Default 100. Above: 431.</summary>
    [Within(10, 1_000)]
    public int HeaderCount { get; init; } = 100;

    /// <summary>Method, target and version, "256B".."64KB". Default "8KB". Above: 414.</summary>
    [Within("256B", "64KB")]
    public ByteSize RequestLine { get; init; } = new(8 << 10);

    /// <summary>The request body, "0B".."10GB". Default "1MB". Above: 413. Raise it where files are uploaded.</summary>
    [Within("0B", "10GB")]
    public ByteSize Body { get; init; } = new(1 << 20);

    /// <summary>Time until all headers are there, "100ms".."2m". Default "10s".</summary>
    [Within("100ms", "2m")]
    public Duration HeaderTimeout { get; init; } = Duration.FromSeconds(10);

    /// <summary>The slowest a body may come, "1B/s".."100MB/s". Default "240B/s". Slower is cut off.</summary>
    [Within("1B/s", "100MB/s")]
    public ByteRate MinBodyRate { get; init; } = new(240);

    /// <summary>
    /// Connections one client may hold at once, 1..1,000,000; trusted proxies are not counted. One more is closed before anything is read
    /// of it. Default: no cap, because an office or a carrier is one address too.
    /// </summary>
    [Within(1, 1_000_000)]
    public int? ConnectionsPerClient { get; init; }
}
