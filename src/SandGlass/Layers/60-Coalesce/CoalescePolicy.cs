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

/// <summary>What a Set-Cookie header does to sharing.</summary>
public enum SetCookieUse
{
    /// <summary>An answer that sets a cookie is for one client.</summary>
    Bypass,

    /// <summary>The cookies that are set here are no secret and the same for all.</summary>
    Share,
}

/// <summary>What a client's Cache-Control does.</summary>
public enum ClientUse
{
    /// <summary>It is honoured, within a budget.</summary>
    Honour,

    /// <summary>It is not read.</summary>
    Ignore,
}

/// <summary>Whose requests are coalesced.</summary>
public enum CoalesceFor
{
    /// <summary>All.</summary>
    All,

    /// <summary>Those of the route's hot keys; what is cold passes by and pays nothing.</summary>
    Hot,
}

/// <summary>One fetch for equal requests, and its answer kept for a moment.</summary>
public sealed record CoalescePolicy
{
    /// <summary>
    /// How long an answer is fresh at most that does not say so itself (Cache-Control, CDN-Cache-Control, Expires), "0s".."24h". "0s" keeps
    /// nothing and only shares fetches under way. Needed: how old may it be?
    /// </summary>
    [Needed, Within("0s", "24h")]
    public Duration Ttl { get; init; } = Duration.FromSeconds(1);

    /// <summary>"all" (default), or "hot": only requests of keys that the route's `hotKeys` finds; all others pass by.</summary>
    public CoalesceFor For { get; init; } = CoalesceFor.All;

    /// <summary>
    /// Whether ttl, staleWhileRevalidate and staleIfError go before what answers say of how long. Default false. What is private or no-store is
    /// never kept, whatever this says.
    /// </summary>
    public bool Force { get; init; }

    /// <summary>How long after that it still answers while one fetch renews it, "0s".."24h". Default "0s".</summary>
    [Within("0s", "24h")]
    public Duration StaleWhileRevalidate { get; init; }

    /// <summary>
    /// While the backend is well, nobody is given what is stale for longer than this, whatever staleWhileRevalidate or an answer say: a fresh one is a
    /// fetch away. While it is ill (breaker open, no destination to be used, answers that fail) it is given for as long as staleIfError says, and
    /// nobody waits. "0s".."24h". Default: 10 s, or staleWhileRevalidate where that is longer.
    /// </summary>
    [Within("0s", "24h")]
    public Duration? StaleWhenWell { get; init; }

    /// <summary>How long after that it answers when the backend fails, "0s".."7d". Default "0s".</summary>
    [Within("0s", "7d")]
    public Duration StaleIfError { get; init; }

    /// <summary>
    /// What makes requests equal: "path", "path:x", "query:x", "header:X", "cookie:x" (also "client", "route", "chain"). Default: path and the whole query. List only what
    /// changes the answer, so that marketing parameters do not split it.
    /// </summary>
    [OneOrMany, NotEmpty]
    public IReadOnlyList<string>? Key { get; init; }

    /// <summary>
    /// Request headers that go along in a shared fetch without being part of the key, like ones that only name the request in the backend's log.
    /// Default none. They are the leader's: list none that changes the answer, or whoever asks first chooses what all others get.
    /// </summary>
    public IReadOnlyList<string> Send { get; init; } = [];

    /// <summary>The largest answer that is kept, "1B".."64MB". Default "256KB". Larger ones pass through.</summary>
    [Within("1B", "64MB")]
    public ByteSize MaxBytes { get; init; } = new(256 << 10);

    /// <summary>"bypass" (default): requests with cookies are not shared; "ignore": cookies do not matter here.</summary>
    public CookieUse Cookies { get; init; } = CookieUse.Bypass;

    /// <summary>"bypass" (default): answers with Set-Cookie are not shared; "share": cookies that are set here are the same for everybody.</summary>
    public SetCookieUse SetCookie { get; init; } = SetCookieUse.Bypass;

    /// <summary>
    /// "honour" (default): a client's Cache-Control: no-cache, max-age … has the backend asked, for all who ask that at once, and at most ten
    /// times a second for the route (fifty at first); "ignore": clients have no say.
    /// </summary>
    public ClientUse Clients { get; init; } = ClientUse.Honour;

    /// <summary>How long a fetch may take before another request may begin a second one beside it, "1ms".."1m". Default "3s".</summary>
    [Within("1ms", "1m")]
    public Duration LeaderAge { get; init; } = Duration.FromSeconds(3);

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
