using System.Globalization;
using Microsoft.Extensions.Primitives;
using SandGlass.Algorithms.Caching;
using SandGlass.Layers.Coalesce;

namespace SandGlass.Request;

/// <summary>
/// What of a kept answer goes to a client: all of it, a range (RFC 9110 §14), or nothing because it has it already (§13, 304) or asked for
/// the head only. A client that asks for no such thing costs a few look-ups of headers.
/// </summary>
/// <param name="Status">The status that goes out.</param>
/// <param name="From">Where the body begins.</param>
/// <param name="Length">How much of it goes out.</param>
/// <param name="Total">How much there is.</param>
internal readonly record struct BodyPart(int Status, int From, int Length, int Total)
{
    // §15.4.5: what a 304 repeats. The rest describes a body that does not come.
    private static readonly string[] NotIn304 =
        ["Content-Length", "Content-Type", "Content-Encoding", "Content-Language", "Content-Range", "Content-MD5"];

    /// <summary>All of it.</summary>
    public static BodyPart Whole(StoredAnswer answer) => new(answer.Status, 0, answer.Body.Length, answer.Body.Length);

    /// <summary>What this request gets.</summary>
    public static BodyPart For(HttpRequest request, StoredAnswer answer)
    {
        var headers = request.Headers;
        var whole = Whole(answer);
        if (answer.Status == StatusCodes.Status200OK && HasIt(headers, answer))
        {
            return whole with { Status = StatusCodes.Status304NotModified, Length = 0 };
        }

        return HttpMethods.IsHead(request.Method) ? whole with { Length = 0 }
            : headers.Range.Count == 1 && answer.Status == StatusCodes.Status200OK && IfRangeHolds(headers, answer) ? Range(headers.Range.ToString(), whole)
            : whole;
    }

    /// <summary>Makes the head fit.</summary>
    public void Adjust(HttpResponse response, StoredAnswer answer)
    {
        switch (Status == answer.Status ? 0 : Status)
        {
            case StatusCodes.Status304NotModified:
                foreach (var name in NotIn304)
                {
                    response.Headers.Remove(name);
                }

                break;

            case StatusCodes.Status206PartialContent:
                response.ContentLength = Length;
                response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {From}-{From + Length - 1}/{Total}");
                break;

            case StatusCodes.Status416RangeNotSatisfiable:
                response.ContentLength = 0;
                response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes */{Total}");
                break;
        }
    }

    // §13.2.2: If-None-Match goes before If-Modified-Since.
    private static bool HasIt(IHeaderDictionary headers, StoredAnswer answer)
    {
        if (headers.IfNoneMatch.Count > 0)
        {
            return Matches(headers.IfNoneMatch, answer.ETag);
        }

        if (headers.IfModifiedSince.Count != 1 || !HttpDate.TryParse(headers.IfModifiedSince.ToString(), out var since))
        {
            return false;
        }

        // §4.3.2 of RFC 9111: where it does not say when it last changed, its Date counts.
        var changed = answer.LastModified ?? Array.Find(answer.Headers, static h => h.Key.Equals("Date", StringComparison.OrdinalIgnoreCase)).Value.ToString();
        return changed == headers.IfModifiedSince.ToString() || (HttpDate.TryParse(changed, out var when) && when <= since);
    }

    // A list of tags, or a star; compared weakly (§8.8.3.2). Commas may stand in tags.
    private static bool Matches(in StringValues lines, string? tag)
    {
        for (var i = 0; i < lines.Count; i++)
        {
            var rest = lines[i].AsSpan().Trim(" \t");
            if (rest is "*")
            {
                return true;
            }

            while (tag is not null && !rest.IsEmpty)
            {
                var start = rest.IndexOf('"');
                var end = start < 0 ? -1 : rest[(start + 1)..].IndexOf('"');
                if (end < 0)
                {
                    // Not a tag as it should be; the same thing all the same.
                    if (rest.SequenceEqual(tag))
                    {
                        return true;
                    }

                    break;
                }

                if (rest.Slice(start, end + 2).SequenceEqual(Opaque(tag)))
                {
                    return true;
                }

                rest = rest[(start + end + 2)..].TrimStart(" \t,");
            }
        }

        return false;
    }

    private static ReadOnlySpan<char> Opaque(string tag) => tag.StartsWith("W/", StringComparison.Ordinal) ? tag.AsSpan(2) : tag;

    // §13.1.5: only a strong tag, or the very same date.
    private static bool IfRangeHolds(IHeaderDictionary headers, StoredAnswer answer) =>
        headers.IfRange.Count == 0
        || (headers.IfRange.ToString() is var said && said.StartsWith('"') ? said == answer.ETag : said == answer.LastModified);

    // One range of bytes. Of several all may be sent whole (§14.2), and what is none is passed over.
    private static BodyPart Range(ReadOnlySpan<char> text, in BodyPart whole)
    {
        if (!text.StartsWith("bytes=", StringComparison.OrdinalIgnoreCase))
        {
            return whole;
        }

        var spec = text["bytes=".Length..].Trim(" \t");
        var dash = spec.IndexOf('-');
        if (dash < 0 || spec.Contains(',') || !TryNumber(spec[..dash], out var first) || !TryNumber(spec[(dash + 1)..], out var last) || (first < 0 && last < 0))
        {
            return whole;
        }

        var total = whole.Total;
        var (from, to) = first < 0 ? (Math.Max(0, total - last), total - 1) : (first, last < 0 ? total - 1 : Math.Min(last, total - 1));
        if (first >= 0 && last >= 0 && last < first)
        {
            return whole;
        }

        return from > to || from >= total ? new(StatusCodes.Status416RangeNotSatisfiable, 0, 0, total)
            : new(StatusCodes.Status206PartialContent, (int)from, (int)(to - from + 1), total);
    }

    // Empty is −1: not given.
    private static bool TryNumber(ReadOnlySpan<char> text, out long number)
    {
        number = -1;
        return text.IsEmpty || (text.Length <= 18 && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number));
    }
}
