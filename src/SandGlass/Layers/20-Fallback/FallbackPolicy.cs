using SandGlass.Policy;

namespace SandGlass.Layers.Fallback;

/// <summary>A degraded answer. Exactly one of `json`, `file`, `body` and `lastGood`.</summary>
public sealed record FallbackPolicy
{
    /// <summary>Status, 200..599. Default 503. 200 where the client can go on with it. Not used by `lastGood`.</summary>
    [Within(200, 599)]
    public int Status { get; init; } = 503;

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

    /// <summary>The media type. Default: by kind: application/json, the file's ending, or text/plain.</summary>
    public string? ContentType { get; init; }

    /// <summary>More response headers. Default: none.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new OrderedDictionary<string, string>();

    /// <summary>The newest good answer for the same key, at most this old, "1s".."7d". Default: not kept.</summary>
    [Within("1s", "7d")]
    public Duration? LastGood { get; init; }

    /// <summary>The fallback when there is no good answer to repeat. Needed with `lastGood`, and only there.</summary>
    public string? Else { get; init; }

    /// <summary>"off", "shadow" (counted, the refusal itself is the answer) or "enforce" (default).</summary>
    public Mode Mode { get; init; } = Mode.Enforce;

    /// <summary>
    /// Percent 0..100 of the clients on whom "enforce" acts; for the others the rule is in shadow. Default 100. The same client is always
    /// on the same side. Raise it step by step to bring in a rule that could hurt.
    /// </summary>
    [Within(0, 100)]
    public double EnforcePercent { get; init; } = 100;
}
