namespace SandGlass.Layers.Coalesce;

/// <summary>What the cache can do for a request.</summary>
public enum Prospect
{
    /// <summary>The request is not for sharing.</summary>
    Bypass,

    /// <summary>It asks for what is not to be had without the backend, and for no backend.</summary>
    Refuse,

    /// <summary>Answers for this key are known not to be shared.</summary>
    Unshareable,

    /// <summary>A fresh answer is there.</summary>
    Hit,

    /// <summary>A stale one, which the client bears.</summary>
    Stale,

    /// <summary>A stale one, which may be given while one renews it.</summary>
    StaleAndRenew,

    /// <summary>One that must be asked about for each use.</summary>
    Ask,

    /// <summary>Nothing that may be given: it goes alone and shares nothing.</summary>
    Alone,

    /// <summary>Nothing that may be given: it leads or follows a fetch.</summary>
    Board,
}

/// <summary>What a look at the cache has found: a function of request, plan, what is kept, and now.</summary>
/// <param name="What">What is to be done.</param>
/// <param name="Why">What <c>Cache-Status</c> says where the backend is asked.</param>
public readonly record struct Outlook(Prospect What, string Why)
{
    /// <summary>The key of the URI.</summary>
    public UInt128 UriKey { get; init; }

    /// <summary>The key of the request.</summary>
    public UInt128 Key { get; init; }

    /// <summary>The headers that a fetch sends beside the key's own.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>What is kept; null: nothing.</summary>
    public StoredAnswer? Known { get; init; }

    /// <summary>How long it is fresh, ticks.</summary>
    public long Lifetime { get; init; }

    /// <summary>Whether the request has credentials.</summary>
    public bool IsAuthorized { get; init; }
}
