using Microsoft.Extensions.Primitives;

namespace SandGlass.Layers.Coalesce;

/// <summary>
/// A whole answer of a backend, kept to be given again; or the note that answers for this key can't be shared
/// (<see cref="Shareable"/> false), so that the next burst does not queue up for nothing. Immutable.
/// </summary>
public sealed class StoredAnswer
{
    /// <summary>The note that this key's answers can't be shared.</summary>
    public static StoredAnswer Unshareable(long now, long lifetime) =>
        new() { Status = 0, Headers = [], Body = [], StoredAt = now, Lifetime = lifetime, Shareable = false };

    /// <summary>Whether it is an answer.</summary>
    public bool Shareable { get; init; } = true;

    /// <summary>HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>End-to-end headers.</summary>
    public required KeyValuePair<string, StringValues>[] Headers { get; init; }

    /// <summary>The body, whole.</summary>
    public required byte[] Body { get; init; }

    /// <summary>When it was stored, monotonic ticks.</summary>
    public required long StoredAt { get; init; }

    /// <summary>How long it is fresh from then on, ticks.</summary>
    public required long Lifetime { get; init; }

    /// <summary>How old it was when it was stored, ticks (the <c>Age</c> it came with).</summary>
    public long AgeThen { get; init; }

    /// <summary>Its memory, bytes: body, header text and some for the objects.</summary>
    public long Bytes => Body.Length + 512L + Headers.Sum(static h => 2L * (h.Key.Length + h.Value.ToString().Length));

    /// <summary>Its age in ticks.</summary>
    public long Age(long now) => AgeThen + Math.Max(0, now - StoredAt);
}
