using SandGlass.Layers.Coalesce;

namespace SandGlass.Request;

/// <summary>The headers that every answer carries, whoever gives it.</summary>
internal static class AnswerHeaders
{
    /// <summary>Quota, session and cache headers, as far as the route has them.</summary>
    /// <param name="passage">The request.</param>
    /// <param name="headers">The answer's.</param>
    /// <param name="time">The clock.</param>
    /// <param name="retryAfter">The seconds of our own <c>Retry-After</c>; 0: none.</param>
    public static void AddCommon(Passage passage, IHeaderDictionary headers, TimeProvider time, int retryAfter = 0)
    {
        if (passage.Quota.Plan is { } limit)
        {
            ref readonly var quota = ref passage.Quota;
            var seconds = quota.Seconds;
            headers["RateLimit-Policy"] = limit.Headers.Policy(passage.RateScale);
            // Retry-After is never before t. Where something of the quota is left it is t that goes: that all is back in an hour keeps nobody away from
            // what is open again in a second.
            headers["RateLimit"] = retryAfter > 0 && retryAfter < seconds ? limit.Headers.Now(quota.Remaining) : limit.Headers.Now(quota.Remaining, seconds);
        }

        if (passage.SessionCookie is { } session && passage.Http.Response.StatusCode < 400)
        {
            headers.Append("Set-Cookie", session);
        }

        if (passage.Answer is { } answer)
        {
            headers["Cache-Status"] = CacheStatus.Of(
                answer, passage.FreshFor, passage.AnswerOutcome, passage.CacheStatus, passage.FetchStatus, time.GetTimestamp(), time.TimestampFrequency);
        }
        else if (passage.CacheStatus is { } status)
        {
            headers["Cache-Status"] = status;
        }
        else if (passage.Route.Shares(passage))
        {
            // Ours, from before the cache; or another backend's, which a fallback has asked.
            headers["Cache-Status"] = passage.ForwardedAt == 0 ? CacheStatus.NotAsked : CacheStatus.Bypass;
        }
    }
}
