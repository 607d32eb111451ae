using Microsoft.Extensions.Primitives;
using SandGlass.Request;
using SandGlass.Yarp;

namespace SandGlass.Layers.Fallback;

/// <summary>Where a degraded answer comes from.</summary>
public enum FallbackKind : byte
{
    /// <summary>It is ready: status, headers, body (a redirect and an empty answer too).</summary>
    Fixed,

    /// <summary>The newest good answer for the request's key.</summary>
    LastGood,

    /// <summary>Another backend is asked.</summary>
    Backend,
}

/// <summary>A degraded answer, ready to be written: status, headers and body are made when the policy is compiled. Or where one is found.</summary>
public sealed class FallbackPlan
{
    /// <summary>Its name in the policy.</summary>
    public required string Name { get; init; }

    /// <summary>Where it comes from.</summary>
    public FallbackKind Kind => Backend is not null ? FallbackKind.Backend : LastGood > 0 ? FallbackKind.LastGood : FallbackKind.Fixed;

    /// <summary>HTTP status; of a lastGood or a backend that of what stands in where it has nothing.</summary>
    public required int Status { get; init; }

    /// <summary>Headers, with their values ready.</summary>
    public required KeyValuePair<string, StringValues>[] Headers { get; init; }

    /// <summary>The body, as it goes on the wire.</summary>
    public required byte[] Body { get; init; }

    /// <summary>Seconds of <c>Retry-After</c>; 0: none of its own.</summary>
    public int RetryAfter { get; init; }

    /// <summary>Use the newest good answer for the request's key if it is at most this old, in ticks; 0: never.</summary>
    public long LastGood { get; init; }

    /// <summary>The backend that is asked instead; null: none.</summary>
    public BackendPlan? Backend { get; init; }

    /// <summary>The file that the body was read from, whole path; null: none.</summary>
    public string? File { get; init; }

    /// <summary>What is given where this has nothing; null: it always has something.</summary>
    public FallbackPlan? Else { get; init; }

    /// <summary>Share 0..0.1 of the requests that can be spared which are given it although all is well.</summary>
    public double ExerciseShare { get; init; }

    /// <summary>How often it is built without a client.</summary>
    public TimeSpan ExerciseEvery { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>What has happened to it; lives as long as the process.</summary>
    public FallbackState State { get; init; } = new();

    /// <summary>This one and those that stand in for it, in order.</summary>
    public IEnumerable<FallbackPlan> Chain
    {
        get
        {
            for (var one = this; one is not null; one = one.Else)
            {
                yield return one;
            }
        }
    }
}
