using SandGlass.Layers.Coalesce;

namespace SandGlass.Request;

/// <summary>The headers that every answer carries, whoever gives it.</summary>
internal static class AnswerHeaders
{
    /// <summary>Quota, session and cache headers, as far as the route has them.</summary>
    public static void AddCommon(Passage passage, IHeaderDictionary headers, TimeProvider time)
    {
        if (passage.Quota.Plan is { } limit)
        {
            ref readonly var quota = ref passage.Quota;
            var ticks = quota.RetryAfterTicks > 0 ? quota.RetryAfterTicks : quota.ResetTicks;
            headers["RateLimit-Policy"] = limit.Headers.Policy(passage.RateScale);
            headers["RateLimit"] = limit.Headers.Now(quota.Remaining, Seconds.Up(ticks, limit.TicksPerSecond));
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
