using Microsoft.Extensions.Primitives;

namespace SandGlass.Layers.Coalesce;

/// <summary>
/// What is kept under a key: a whole answer of a backend; the note that answers for this key can't be shared (<see cref="Shareable"/>
/// false), so that the next burst does not queue up for nothing; or the names of the headers by which its answers differ
/// (<see cref="Variants"/>). Immutable, but for when its
/// renewal was last begun, and what was last said of its time.
/// </summary>
public sealed class StoredAnswer
{
    private long _renewedAt;
    private CacheStatus.Left? _said;

    /// <summary>The note that this key's answers can't be shared.</summary>
    public static StoredAnswer Unshareable(long now, long lifetime) =>
        new() { Status = 0, Headers = [], Body = [], StoredAt = now, RequestedAt = now, Lifetime = lifetime, Shareable = false };

    /// <summary>The note by which headers this key's answers differ.</summary>
    public static StoredAnswer Varies(Variants variants) =>
        new() { Status = 0, Headers = [], Body = [], StoredAt = 0, Lifetime = 0, Shareable = false, Variants = variants };

    /// <summary>Whether it is an answer.</summary>
    public bool Shareable { get; init; } = true;

    /// <summary>By which headers the key's answers differ; null: this is an answer, or a note.</summary>
    public Variants? Variants { get; init; }

    /// <summary>HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>End-to-end headers.</summary>
    public required KeyValuePair<string, StringValues>[] Headers { get; init; }

    /// <summary>The body, whole.</summary>
    public required byte[] Body { get; init; }

    /// <summary>When it was stored or found to be good still, monotonic ticks.</summary>
    public required long StoredAt { get; init; }

    /// <summary>When its fetch began, monotonic ticks: what has changed since is not in it.</summary>
    public long RequestedAt { get; init; }

    /// <summary>How long it is fresh from <see cref="StoredAt"/> on, ticks.</summary>
    public required long Lifetime { get; init; }

    /// <summary>How old it was when it was stored, ticks (§4.2.3: the <c>Age</c> it came with, and how long the fetch took).</summary>
    public long AgeThen { get; init; }

    /// <summary>Whether each use must ask the backend (<c>no-cache</c>).</summary>
    public bool AsksAlways { get; init; }

    /// <summary>Whether it may never be given stale (<c>must-revalidate</c> and the like).</summary>
    public bool NeverStale { get; init; }

    /// <summary>What it says of its stale use while one renews it, ticks; null: nothing, the policy decides.</summary>
    public long? StaleWhileRevalidate { get; init; }

    /// <summary>The same when the backend fails.</summary>
    public long? StaleIfError { get; init; }

    /// <summary>Whether it may be given to requests with Authorization too (RFC 9111 §3.5).</summary>
    public bool ForAuthorized { get; init; }

    /// <summary>Whether its time is the policy's, because it said nothing: a policy that says less counts from then on.</summary>
    public bool IsByPolicy { get; init; }

    /// <summary>Whether the policy's word went before its own.</summary>
    public bool IsForced { get; init; }

    /// <summary>Whether it sets a cookie.</summary>
    public bool SetsCookie { get; init; }

    /// <summary>Its entity tag; null: none.</summary>
    public string? ETag { get; init; }

    /// <summary>Its <c>Last-Modified</c>, as written; null: none.</summary>
    public string? LastModified { get; init; }

    /// <summary>Which of the cache's marks an unsafe request to its URI would set.</summary>
    public int Mark { get; init; }

    /// <summary>The key under which it is kept, where the answers of its URI differ.</summary>
    public UInt128 Key { get; init; }

    /// <summary>By which headers they differ; null: by none.</summary>
    public IReadOnlyList<string>? Names { get; init; }

    /// <summary>Whether a backend can be asked if it is good still.</summary>
    public bool HasValidator => ETag is not null || LastModified is not null;

    /// <summary>Its memory, bytes: body, header text and some for the objects.</summary>
    public long Bytes => Body.Length + 512L + Headers.Sum(static h => 2L * (h.Key.Length + h.Value.ToString().Length));

    /// <summary>Its age in ticks.</summary>
    public long Age(long now) => AgeThen + Math.Max(0, now - StoredAt);

    /// <summary>
    /// Whether the policy of now would have kept it: it may have been kept under another one. What the fetch sent and what makes requests equal is part
    /// of its key, and never meets a policy that says otherwise.
    /// </summary>
    public bool IsKeptBy(CoalescePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return (!IsForced || plan.Force) && (!SetsCookie || plan.SharesSetCookie) && Body.Length <= plan.MaxBytes;
    }

    /// <summary>How long it is fresh under the policy of now, ticks.</summary>
    public long LifetimeBy(CoalescePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return IsByPolicy || plan.Force || plan.Ttl == 0 ? Math.Min(Lifetime, plan.Ttl) : Lifetime;
    }

    /// <summary>Until when it may be given while one renews it, ticks.</summary>
    public long GoodWhileRenewed(CoalescePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var said = plan.Force ? null : StaleWhileRevalidate;
        return StoredAt + LifetimeBy(plan) + (NeverStale && !(plan.Force || SaysStale(said)) ? 0 : said ?? plan.StaleWhileRevalidate);
    }

    /// <summary>Until when it may be given in place of an error, ticks.</summary>
    public long GoodInTrouble(CoalescePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var said = plan.Force ? null : StaleIfError;
        return StoredAt + LifetimeBy(plan) + (NeverStale && !(plan.Force || SaysStale(said)) ? 0 : said ?? plan.StaleIfError);
    }

    /// <summary>
    /// The same by the backend's health: while it is well a fresh answer is near, and a stale one is given for moments only; while it is ill nobody
    /// waits for what is about to fail.
    /// </summary>
    public long GoodToGive(CoalescePlan plan, bool well)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var until = GoodWhileRenewed(plan);
        return well ? Math.Min(until, StoredAt + LifetimeBy(plan) + plan.StaleWhenWell) : Math.Max(until, GoodInTrouble(plan));
    }

    /// <summary>
    /// How long before its end a hot one is renewed, ticks: as long as the last fetch took, and a share of its life (2 to 8 %, of ten seconds at most)
    /// that is another for each key, so that not all are renewed at once; half of its life at most.
    /// </summary>
    /// <param name="lifetime">How long it is fresh.</param>
    /// <param name="spread">A number that is the key's own.</param>
    /// <param name="ticksPerSecond">Of the clock.</param>
    public long RenewedBefore(long lifetime, ulong spread, long ticksPerSecond)
    {
        var took = RequestedAt == 0 ? 0 : Math.Max(0, StoredAt - RequestedAt);
        var share = 0.02 + (0.06 * ((spread >> 11) * (1.0 / (1UL << 53))));
        return Math.Min(lifetime / 2, took + (long)(Math.Min(lifetime, 100 * ticksPerSecond) * share));
    }

    /// <summary>What a hit says in <c>Cache-Status</c>: the same for a second, so it is written once.</summary>
    public string HitText(long seconds)
    {
        var said = Volatile.Read(ref _said);
        if (said is null || said.Seconds != seconds)
        {
            Volatile.Write(ref _said, said = new(seconds));
        }

        return said.Text;
    }

    /// <summary>
    /// Whether a renewal may begin: the first at once; where it has failed, the next after a pause, so that a backend that refuses at once is not
    /// asked a thousand times a second.
    /// </summary>
    public bool TryRenew(long now, long pause)
    {
        var last = Volatile.Read(ref _renewedAt);
        return (last == 0 || now - last >= pause) && Interlocked.CompareExchange(ref _renewedAt, Math.Max(1, now), last) == last;
    }

    // s-maxage alone forbids stale use by implication only; beside it the answer's own word allows it. Sharing clears that word where it does not.
    private static bool SaysStale(long? window) => window > 0;
}
