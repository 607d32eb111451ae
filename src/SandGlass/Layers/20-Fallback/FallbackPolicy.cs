using SandGlass.Policy;

namespace SandGlass.Layers.Fallback;

/// <summary>A degraded answer. Exactly one of `json`, `file`, `body`, `empty`, `redirect`, `backend` and `lastGood`.</summary>
public sealed record FallbackPolicy
{
    /// <summary>
    /// Status, 200..599; 300..399 with `redirect`. Default 503; 204 with `empty`, 302 with `redirect`. 200 where the client can go on with it.
    /// `lastGood` and `backend` have their answer's own.
    /// </summary>
    [Within(200, 599)]
    public int? Status { get; init; }

    /// <summary>When to come back, "1s".."24h"; spread per client. Default: none, or what the refusing layer computed.</summary>
    [Within("1s", "24h")]
    public Duration? RetryAfter { get; init; }

    /// <summary>The body as JSON. Default: none.</summary>
    public RawJson? Json { get; init; }

    /// <summary>The body from a file in the policy's folder or below; read when the policy is. Default: none.</summary>
    public string? File { get; init; }

    /// <summary>The body as text; may be empty. Default: none.</summary>
    [MayBeEmpty]
    public string? Body { get; init; }

    /// <summary>`true`: an answer without a body. Default: none.</summary>
    public bool Empty { get; init; }

    /// <summary>Where to send the client instead: a path of this site, or an absolute http or https URL. Default: none.</summary>
    public string? Redirect { get; init; }

    /// <summary>
    /// Another backend that is asked for this request, within what is left of the route's timeout and of that backend's own concurrency.
    /// What has been sent once is sent there only if it is safe (GET, HEAD, OPTIONS) and has no body. Default: none.
    /// </summary>
    public string? Backend { get; init; }

    /// <summary>The media type. Default: by kind: application/json, the file's ending, or text/plain.</summary>
    public string? ContentType { get; init; }

    /// <summary>More response headers. Default: none.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new OrderedDictionary<string, string>();

    /// <summary>The newest good answer (200) for the same key, at most this old, "1s".."7d". Default: not kept.</summary>
    [Within("1s", "7d")]
    public Duration? LastGood { get; init; }

    /// <summary>
    /// With `lastGood`, on routes without `coalesce`, whose key it is otherwise: what makes requests equal. "path", "path:x", "query:x",
    /// "header:X" (also "client", "route", "chain"). Default: path and the whole query.
    /// </summary>
    [OneOrMany, NotEmpty]
    public IReadOnlyList<string>? Key { get; init; }

    /// <summary>
    /// With `lastGood`: request headers that do not change the answer, such as those that a CDN adds. A request with a header that is neither
    /// here, nor in the key, nor known to say nothing of its sender, neither feeds lastGood nor is given it. Default: none.
    /// </summary>
    public IReadOnlyList<string> IgnoreHeaders { get; init; } = [];

    /// <summary>With `lastGood`: keep answers that say no-store too. Default false. What is private or sets a cookie is never kept.</summary>
    public bool NoStore { get; init; }

    /// <summary>
    /// The fallback when this one has nothing to give. Needed with `lastGood` and `backend`, which may come back empty-handed, and only there.
    /// </summary>
    public string? Else { get; init; }

    /// <summary>
    /// How it is tried before it is needed. A duration, "5s".."1h": that often it is built without a client. A fraction 0..0.1: of the requests
    /// below "critical" so many are given it although all is well, where it is not empty-handed; and it is built each minute too. Default "1m".
    /// </summary>
    public Threshold Exercise { get; init; } = new(60, IsDuration: true);

    /// <summary>"off", "shadow" (counted, the refusal itself is the answer) or "enforce" (default).</summary>
    public Mode Mode { get; init; } = Mode.Enforce;

    /// <summary>
    /// Percent 0..100 of the clients on whom "enforce" acts; for the others the rule is in shadow. Default 100. The same client is always
    /// on the same side. Raise it step by step to bring in a rule that could hurt.
    /// </summary>
    [Within(0, 100)]
    public double EnforcePercent { get; init; } = 100;
}
