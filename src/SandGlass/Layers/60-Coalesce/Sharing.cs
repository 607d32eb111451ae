using System.Collections.Frozen;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using SandGlass.Request;

namespace SandGlass.Layers.Coalesce;

/// <summary>
/// What may be shared (RFC 9111 §3 and §4, the strict part of it): which requests may be answered for another, and which answers may be
/// given to others. In doubt, no. Pure.
/// </summary>
public static class Sharing
{
    // Connection's own, and what we write anew.
    private static readonly FrozenSet<string> NotStored = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authentication-Info", "TE", "Trailer",
        "Transfer-Encoding", "Upgrade", "Age", "Content-Length", "Cache-Status", "Proxy-Status", "RateLimit", "RateLimit-Policy",
        "traceparent", "tracestate");

    /// <summary>Whether a request may be answered with what another one fetched.</summary>
    public static bool Allows(HttpRequest request, CoalescePlan plan)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(plan);
        var headers = request.Headers;
        return HttpMethods.IsGet(request.Method)
            && headers.Authorization.Count == 0
            && (plan.IgnoresCookies || headers.Cookie.Count == 0 || (plan.OwnCookie is { } own && Cookies.HasOnly(headers.Cookie, own)))
            && headers.Range.Count == 0
            && headers.Upgrade.Count == 0
            && headers.TransferEncoding.Count == 0
            && request.ContentLength is null or 0
            // Over HTTP/2 a body needs no length.
            && request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true };
    }

    /// <summary>How long an answer is fresh, in seconds; null: it may not be shared at all.</summary>
    public static double? Freshness(HttpResponseMessage answer, CoalescePlan plan)
    {
        ArgumentNullException.ThrowIfNull(answer);
        ArgumentNullException.ThrowIfNull(plan);
        var ttl = (double)plan.Ttl / plan.TicksPerSecond;
        var control = answer.Headers.CacheControl;
        if (answer.StatusCode != HttpStatusCode.OK
            || control is { NoStore: true } or { Private: true } or { NoCache: true }
            || answer.Headers.Contains("Set-Cookie")
            || answer.Content.Headers.ContentType?.MediaType is "text/event-stream"
            || HasBrokenLength(answer.Content.Headers)
            || answer.Content.Headers.ContentLength > plan.MaxBytes
            || !Tokens(answer, "Vary").All(name => VariesByKey(name, plan))
            || Tokens(answer, "Cache-Control").Any(static word => Forbids(word)))
        {
            return null;
        }

        var says = control?.SharedMaxAge ?? control?.MaxAge;
        if (says is null && answer.Content.Headers.Expires is { } expires)
        {
            // What is no date, above all "0", reads as the beginning of time, so as in the past (RFC 9111 §5.3).
            says = expires - (answer.Headers.Date ?? expires);
        }

        if (says is null)
        {
            return ttl;
        }

        // A ttl of 0 still lets those share who wait for this very fetch; an answer that says it is stale does not.
        var left = says.Value.TotalSeconds - (answer.Headers.Age?.TotalSeconds ?? 0);
        return left > 0 ? Math.Min(ttl, left) : null;
    }

    /// <summary>Makes the answer to keep.</summary>
    public static StoredAnswer Keep(HttpResponseMessage answer, byte[] body, double freshSeconds, CoalescePlan plan, long now)
    {
        ArgumentNullException.ThrowIfNull(answer);
        ArgumentNullException.ThrowIfNull(body);
        ArgumentNullException.ThrowIfNull(plan);
        var headers = new List<KeyValuePair<string, StringValues>>(12);
        Add(headers, answer.Headers.NonValidated);
        Add(headers, answer.Content.Headers.NonValidated);
        headers.Add(new("Content-Length", body.Length.ToString(CultureInfo.InvariantCulture)));
        return new()
        {
            Status = (int)answer.StatusCode,
            Headers = [.. headers],
            Body = body,
            StoredAt = now,
            Lifetime = (long)(freshSeconds * plan.TicksPerSecond),
            AgeThen = (long)((answer.Headers.Age?.TotalSeconds ?? 0) * plan.TicksPerSecond),
        };
    }

    // A length that is none, or two that differ: HttpClient then reads to the end of the connection, and nobody knows what was cut off
    // (RFC 9112 §6.3: the answer is to be thrown away).
    private static bool HasBrokenLength(HttpContentHeaders headers) =>
        headers.NonValidated.TryGetValues("Content-Length", out var lines) && (lines.Count != 1 || headers.ContentLength is null);

    // As written: the framework drops a whole header that it cannot parse, and a no-store or a name with it.
    private static IEnumerable<string> Tokens(HttpResponseMessage answer, string header) =>
        answer.Headers.NonValidated.TryGetValues(header, out var lines)
            ? lines.SelectMany(static line => line.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            : [];

    private static bool Forbids(string word) =>
        word.StartsWith("no-store", StringComparison.OrdinalIgnoreCase)
        || word.StartsWith("no-cache", StringComparison.OrdinalIgnoreCase)
        || word.StartsWith("private", StringComparison.OrdinalIgnoreCase);

    // A shared fetch sends no header outside the key, so an answer can only depend on one of those, or on what we never send.
    private static bool VariesByKey(string name, CoalescePlan plan) =>
        name.Equals("Accept-Encoding", StringComparison.OrdinalIgnoreCase)
        || Array.Exists(plan.HeaderNames, key => key.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static void Add(List<KeyValuePair<string, StringValues>> to, HttpHeadersNonValidated from)
    {
        foreach (var header in from)
        {
            if (!NotStored.Contains(header.Key))
            {
                to.Add(new(header.Key, header.Value.Count == 1 ? header.Value.ToString() : header.Value.ToArray()));
            }
        }
    }
}
