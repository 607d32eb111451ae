using System.Collections.Frozen;
using System.Globalization;
using System.Net.Http.Headers;
using Microsoft.Extensions.Primitives;
using SandGlass.Algorithms.Caching;

namespace SandGlass.Layers.Coalesce;

/// <summary>
/// What an answer says, read once and as written: the framework drops a whole header that it cannot parse, and a no-store or a name with it.
/// </summary>
public sealed class AnswerReading
{
    // Connection's own, and what we write anew.
    private static readonly FrozenSet<string> NotStored = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authentication-Info", "Proxy-Authorization", "TE", "Trailer",
        "Transfer-Encoding", "Upgrade", "Age", "Content-Length", "Cache-Status", "Proxy-Status", "RateLimit", "RateLimit-Policy",
        "traceparent", "tracestate");

    // What a 304 says of the body that it does not bring (RFC 9111 §3.2), and of the tag that we have asked about.
    private static readonly FrozenSet<string> NotFreshened = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, "Content-Encoding", "Content-MD5", "Content-Range", "Content-Length", "ETag", "Set-Cookie");

    private readonly List<KeyValuePair<string, StringValues>> _headers = new(16);

    private AnswerReading()
    {
    }

    /// <summary>What counts for its keeping.</summary>
    public AnswerFacts Facts { get; private set; }

    /// <summary>The request headers by which it differs, lower case; null: by something that no cache can see.</summary>
    public IReadOnlyList<string>? Vary { get; private set; } = [];

    /// <summary>Whether it sets a cookie.</summary>
    public bool SetsCookie { get; private set; }

    /// <summary>Whether it has no end.</summary>
    public bool IsStream { get; private set; }

    /// <summary>
    /// Whether its length is none, or two that differ: HttpClient then reads to the end of the connection, and nobody knows what was cut off
    /// (RFC 9112 §6.3: the answer is to be thrown away).
    /// </summary>
    public bool HasBrokenLength { get; private set; }

    /// <summary>Its length as announced; null where it is not.</summary>
    public long? Length { get; private set; }

    /// <summary>Its entity tag.</summary>
    public string? ETag { get; private set; }

    /// <summary>Its <c>Last-Modified</c>.</summary>
    public string? LastModified { get; private set; }

    /// <summary>Reads an answer.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="arrived">The time of day.</param>
    /// <param name="known">What a 304 says is good still: its headers count where the 304 has none.</param>
    public static AnswerReading Of(HttpResponseMessage answer, DateTimeOffset arrived, StoredAnswer? known = null)
    {
        ArgumentNullException.ThrowIfNull(answer);
        var reading = new AnswerReading();
        var all = new Dictionary<string, StringValues>(StringComparer.OrdinalIgnoreCase);
        foreach (var header in known?.Headers ?? [])
        {
            all[header.Key] = header.Value;
        }

        Add(all, answer.Headers.NonValidated, known is not null);
        Add(all, answer.Content.Headers.NonValidated, known is not null);
        foreach (var name in Tokens(all, "Connection"))
        {
            // RFC 9110 §7.6.1: of this hop only. Nominating what tells how to keep it would be a way to have it kept.
            if (!name.Equals("Cache-Control", StringComparison.OrdinalIgnoreCase) && !name.Equals("Vary", StringComparison.OrdinalIgnoreCase)
                && !name.Equals("Set-Cookie", StringComparison.OrdinalIgnoreCase))
            {
                all.Remove(name);
            }
        }

        if (known is not null)
        {
            all.Remove("Content-Length");
        }

        reading.Take(all, known?.Status ?? (int)answer.StatusCode, answer, arrived);
        return reading;
    }

    /// <summary>The headers to keep.</summary>
    public KeyValuePair<string, StringValues>[] ToStore(int length)
    {
        if (Facts.Status is not (204 or 304))
        {
            _headers.Add(new(Request.ServerNames.Of("Content-Length"), length.ToString(CultureInfo.InvariantCulture)));
        }

        return [.. _headers];
    }

    private void Take(Dictionary<string, StringValues> all, int status, HttpResponseMessage answer, DateTimeOffset arrived)
    {
        var hasDate = HttpDate.TryParse(One(all, "Date"), out var date);
        if (!hasDate)
        {
            // RFC 9110 §6.6.1: who keeps it without one notes when it came. A server would write the time of each hit instead.
            date = arrived;
            all["Date"] = arrived.ToString("r", CultureInfo.InvariantCulture);
        }

        foreach (var header in all)
        {
            if (!NotStored.Contains(header.Key))
            {
                _headers.Add(new(Request.ServerNames.Of(header.Key), header.Value));
            }
        }

        SetsCookie = all.ContainsKey("Set-Cookie");
        IsStream = One(all, "Content-Type").StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase);
        HasBrokenLength = answer.Content.Headers.NonValidated.TryGetValues("Content-Length", out var lengths)
            && (lengths.Count != 1 || answer.Content.Headers.ContentLength is null);
        Length = answer.Content.Headers.ContentLength;
        ETag = One(all, "ETag") is { Length: > 0 } tag ? tag : null;
        LastModified = HttpDate.TryParse(One(all, "Last-Modified"), out var modified) ? One(all, "Last-Modified") : null;
        Vary = VaryOf(all);
        var targeted = ControlFields.Read(all, static (head, name) => Lines(head, name) is { Length: > 0 } lines ? lines : null, out var control);
        Facts = new()
        {
            Status = status,
            Control = control,
            Targeted = targeted,
            Age = Lines(all, "Age") is [var age, ..] ? AgeField.Read(age) : 0,
            Date = date,
            HasExpires = all.ContainsKey("Expires"),
            Expires = Lines(all, "Expires") is [var expires] && HttpDate.TryParse(expires, out var until) ? until : null,
            LastModified = LastModified is null ? null : modified,
        };
    }

    private static IReadOnlyList<string>? VaryOf(Dictionary<string, StringValues> all)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var name in Tokens(all, "Vary"))
        {
            if (!Policy.HttpToken.Is(name) || name == "*")
            {
                return null;
            }

            // Never sent in a shared fetch, so never a reason to differ.
            if (!name.Equals("Accept-Encoding", StringComparison.OrdinalIgnoreCase))
            {
                names.Add(name.ToLowerInvariant());
            }
        }

        return names.Count > Variants.MostNames ? null : [.. names];
    }

    private static string One(Dictionary<string, StringValues> all, string name) => Lines(all, name) is [var line] ? line : string.Empty;

    private static string[] Lines(Dictionary<string, StringValues> all, string name) =>
        all.TryGetValue(name, out var lines) ? lines.OfType<string>().ToArray() : [];

    private static IEnumerable<string> Tokens(Dictionary<string, StringValues> all, string name) =>
        Lines(all, name).SelectMany(static line => line.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));

    private static void Add(Dictionary<string, StringValues> to, HttpHeadersNonValidated from, bool freshens)
    {
        foreach (var header in from)
        {
            if (!freshens || !NotFreshened.Contains(header.Key))
            {
                to[header.Key] = header.Value.Count == 1 ? header.Value.ToString() : header.Value.ToArray();
            }
        }
    }
}
