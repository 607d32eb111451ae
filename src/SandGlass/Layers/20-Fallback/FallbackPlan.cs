using Microsoft.Extensions.Primitives;

namespace SandGlass.Layers.Fallback;

/// <summary>A degraded answer, ready to be written: status, headers and body are made when the policy is compiled.</summary>
public sealed class FallbackPlan
{
    /// <summary>Its name in the policy.</summary>
    public required string Name { get; init; }

    /// <summary>HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>Headers, with their values ready.</summary>
    public required KeyValuePair<string, StringValues>[] Headers { get; init; }

    /// <summary>The body, as it goes on the wire.</summary>
    public required byte[] Body { get; init; }

    /// <summary>Seconds of <c>Retry-After</c>; 0: none of its own.</summary>
    public int RetryAfter { get; init; }

    /// <summary>Use the newest good answer for the request's key if it is at most this old, in ticks; 0: never.</summary>
    public long LastGood { get; init; }
}
