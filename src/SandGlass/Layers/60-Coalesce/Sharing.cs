using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using SandGlass.Algorithms.Caching;
using SandGlass.Request;

namespace SandGlass.Layers.Coalesce;

/// <summary>What a request may have of the cache.</summary>
public enum Use
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>All: it waits, it leads, its answer is kept.</summary>
    Whole,

    /// <summary>
    /// What is kept already and is for those with credentials too. Else it goes alone, with all that it has; and where the answer says that it is
    /// for all (RFC 9111 §3.5), it is fetched once more for all, in the background.
    /// </summary>
    Authorized,

    /// <summary>What is kept already; else it goes alone (HEAD, Range).</summary>
    OnlyKept,
}

/// <summary>
/// What may be shared (RFC 9111 §3 and §4): which requests may be answered for another, and which answers may be given to others. In
/// doubt, no. Pure.
/// </summary>
public static class Sharing
{
    // Expiry is spread where it matters: what lives for a moment is spread by when it was fetched.
    private const double SpreadFrom = 10, Spread = 0.1;

    /// <summary>What a request may have.</summary>
    public static Use UseOf(HttpRequest request, CoalescePlan plan)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(plan);
        var headers = request.Headers;
        var get = HttpMethods.IsGet(request.Method);
        return !(get || HttpMethods.IsHead(request.Method))
            || !(plan.IgnoresCookies || headers.Cookie.Count == 0 || (plan.OwnCookie is { } own && Cookies.HasOnly(headers.Cookie, own)))
            || headers.Upgrade.Count > 0
            || headers.TransferEncoding.Count > 0
            || request.ContentLength is not (null or 0)
            // Over HTTP/2 a body needs no length.
            || request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true }
                ? Use.None
            : !get || headers.Range.Count > 0 ? Use.OnlyKept
            : headers.Authorization.Count == 0 ? Use.Whole
            : Use.Authorized;
    }

    /// <summary>What an answer is worth; null: nobody else may have it.</summary>
    /// <param name="reading">What it says.</param>
    /// <param name="plan">The route's rule.</param>
    /// <param name="delay">How long the fetch took, seconds.</param>
    /// <param name="authorized">Whether somebody's credentials went along.</param>
    public static Freshness? Judge(AnswerReading reading, CoalescePlan plan, double delay, bool authorized = false)
    {
        ArgumentNullException.ThrowIfNull(reading);
        ArgumentNullException.ThrowIfNull(plan);
        if (reading.IsStream || reading.HasBrokenLength || reading.Length > plan.MaxBytes || reading.Vary is null
            || (reading.SetsCookie && !plan.SharesSetCookie)
            || (authorized && (!IsForAuthorized(reading.Facts.Control) || DiffersByCredentials(reading.Vary, plan))))
        {
            return null;
        }

        var fresh = Freshness.Of(reading.Facts, (double)plan.Ttl / plan.TicksPerSecond, plan.Force, delay);
        return fresh.IsStorable ? fresh : null;
    }

    /// <summary>Whether an answer says that it is stale already: then it is nobody's but its own request's, until the backend is asked again.</summary>
    public static bool IsStale(in Freshness fresh, AnswerReading reading, CoalescePlan plan)
    {
        ArgumentNullException.ThrowIfNull(reading);
        ArgumentNullException.ThrowIfNull(plan);
        return !plan.Force && fresh.Seconds == 0 && (fresh.IsExplicit || plan.Ttl > 0 || reading.Facts.Control.NoCache);
    }

    /// <summary>Makes the answer to keep.</summary>
    /// <param name="reading">What it says.</param>
    /// <param name="body">Its body, whole.</param>
    /// <param name="fresh">What it is worth.</param>
    /// <param name="flight">The fetch that brought it.</param>
    /// <param name="key">Where it is kept.</param>
    /// <param name="names">By which headers it differs from others.</param>
    /// <param name="requestedAt">When its fetch began, monotonic ticks.</param>
    /// <param name="now">Now.</param>
    public static StoredAnswer Keep(
        AnswerReading reading, byte[] body, in Freshness fresh, Flight flight, UInt128 key, IReadOnlyList<string> names, long requestedAt, long now)
    {
        ArgumentNullException.ThrowIfNull(reading);
        ArgumentNullException.ThrowIfNull(body);
        ArgumentNullException.ThrowIfNull(flight);
        var (plan, control) = (flight.Plan, reading.Facts.Control);
        // The answer's own word for stale use counts beside s-maxage; not beside must-revalidate and the like.
        var mayBeStale = !control.NoCache && !control.MustRevalidate && !control.ProxyRevalidate;
        return new()
        {
            Status = reading.Facts.Status,
            Headers = reading.ToStore(body.Length),
            Body = body,
            StoredAt = now,
            RequestedAt = requestedAt,
            Lifetime = plan.Ttl == 0 ? 0 : (long)(Spreaded(fresh.Seconds, key) * plan.TicksPerSecond),
            AgeThen = (long)(fresh.Age * plan.TicksPerSecond),
            AsksAlways = IsStale(fresh, reading, plan),
            IsByPolicy = !fresh.IsExplicit,
            IsForced = plan.Force,
            SetsCookie = reading.SetsCookie,
            NeverStale = control.ForbidsStale,
            StaleWhileRevalidate = plan.Force || !mayBeStale ? null : Ticks(control.StaleWhileRevalidate),
            StaleIfError = plan.Force || !mayBeStale ? null : Ticks(control.StaleIfError),
            ForAuthorized = IsForAuthorized(control) && !DiffersByCredentials(names, plan),
            ETag = reading.ETag,
            LastModified = reading.LastModified,
            Mark = flight.Mark,
            Key = key,
            Names = names.Count == 0 ? null : names,
        };

        long? Ticks(long? seconds) => seconds is { } some ? some * plan.TicksPerSecond : null;
    }

    // §3.5: only these make an answer to somebody's credentials one for all.
    // Credentials are never part of a variant's key: what differs by them is its owner's, unless the policy has them in the key.
    private static bool DiffersByCredentials(IReadOnlyList<string> names, CoalescePlan plan) =>
        names.Contains("authorization", StringComparer.OrdinalIgnoreCase) && !plan.HeaderNames.Contains("authorization", StringComparer.OrdinalIgnoreCase);

    private static bool IsForAuthorized(in CacheControl control) => control.Public || control.MustRevalidate || control.SharedMaxAge is not null;

    // Of many answers fetched at one moment not all expire at one. Only ever earlier than the answer allows, and the same for the same key.
    private static double Spreaded(double seconds, UInt128 key) =>
        seconds < SpreadFrom ? seconds : seconds * (1 - (Spread * ((ulong)(key >> 64) >> 11) * (1.0 / (1UL << 53))));
}
