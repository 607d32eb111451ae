using SandGlass.Policy;

namespace SandGlass.Layers.Coalesce;

/// <summary>What a Cookie header does to sharing.</summary>
public enum CookieUse
{
    /// <summary>A request with cookies is never answered from another's: the answer may be personal.</summary>
    Bypass,

    /// <summary>Cookies are known not to change the answer here: shared, and not sent to the backend.</summary>
    Ignore,
}

/// <summary>One fetch for equal requests, and its answer kept for a moment.</summary>
public sealed record CoalescePolicy
{
    /// <summary>How long an answer is fresh, "0s".."24h". "0s" only shares fetches under way. Needed: how old may it be?</summary>
    [Needed, Within("0s", "24h")]
    public Duration Ttl { get; init; } = Duration.FromSeconds(1);

    /// <summary>How long after that it still answers while one fetch renews it, "0s".."24h". Default "0s".</summary>
    [Within("0s", "24h")]
    public Duration StaleWhileRevalidate { get; init; }

    /// <summary>How long after that it answers when the backend fails, "0s".."7d". Default "0s".</summary>
    [Within("0s", "7d")]
    public Duration StaleIfError { get; init; }

    /// <summary>
    /// What makes requests equal: "path", "path:x", "query:x", "header:X", "cookie:x" (also "client", "route", "chain"). Default: path and the whole query. List only what
    /// changes the answer, so that marketing parameters do not split it.
    /// </summary>
    [OneOrMany, NotEmpty]
    public IReadOnlyList<string>? Key { get; init; }

    /// <summary>The largest answer that is kept, "1B".."64MB". Default "256KB". Larger ones pass through.</summary>
    [Within("1B", "64MB")]
    public ByteSize MaxBytes { get; init; } = new(256 << 10);

    /// <summary>"bypass" (default): requests with cookies are not shared; "ignore": cookies do not matter here.</summary>
    public CookieUse Cookies { get; init; } = CookieUse.Bypass;

    /// <summary>How long a request waits for another's fetch before it asks for itself, "1ms".."1m". Default "5s".</summary>
    [Within("1ms", "1m")]
    public Duration MaxWait { get; init; } = Duration.FromSeconds(5);

    /// <summary>"off", "shadow" (what could be shared is counted, nothing is) or "enforce" (default).</summary>
    public Mode Mode { get; init; } = Mode.Enforce;

    /// <summary>
    /// Percent 0..100 of the clients on whom "enforce" acts; for the others the rule is in shadow. Default 100. The same client is always
    /// on the same side. Raise it step by step to bring in a rule that could hurt.
    /// </summary>
    [Within(0, 100)]
    public double EnforcePercent { get; init; } = 100;
}
