using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.Extensions.Primitives;
using SandGlass.Algorithms.Caching;
using SandGlass.Request;

namespace SandGlass.Layers.Fallback;

/// <summary>
/// What an answer that one request got by itself says about being kept for others: read at its head, decided with its body. It is kept only
/// if nothing in it speaks against that: private, no-store, cookies, <c>Vary: *</c>, a length that nobody can check, or words of its sender.
/// </summary>
/// <param name="plan">The route's rule.</param>
/// <param name="passage">The request.</param>
/// <param name="key">Its key.</param>
/// <param name="answer">The answer.</param>
/// <param name="shared">Whether nothing but the key went to the backend.</param>
public sealed class GoodReading(LastGoodPlan plan, Passage passage, UInt128 key, HttpResponseMessage answer, bool shared)
{
    private const int MostNames = 8;

    // Shorter words stand in many a page by chance.
    private const int LeastWord = 5;

    // Of the connection, or what we write anew.
    private static readonly FrozenSet<string> NotKept = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authentication-Info", "Trailer", "Transfer-Encoding", "Upgrade",
        "Age", "Content-Length", "Cache-Status", "Proxy-Status", "RateLimit", "RateLimit-Policy", "Retry-After", "traceparent", "tracestate", "Alt-Svc");

    // What words of a protocol do without.
    private static readonly SearchValues<char> Odd = SearchValues.Create("<>{}'\\\"");

    // Its own: what copies it for us takes its place in the answer.
    private readonly HttpContent _content = answer.Content;

    private string[] _names = [];
    private string? _coding;
    private string? _tag;
    private long _at;
    private bool _saysNoStore;
    private GoodAnswer? _known;

    /// <summary>
    /// Begins to read; null where there is nothing to be kept: another status, a request of somebody's, an answer that others may not have,
    /// or the one that is kept already.
    /// </summary>
    /// <param name="plan">The route's rule.</param>
    /// <param name="passage">The request.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="shared">Whether nothing but the key went to the backend. A route may share its fetches and yet let this one go alone, with all it carries.</param>
    /// <param name="now">Now.</param>
    public static GoodReading? Begin(LastGoodPlan plan, Passage passage, HttpResponseMessage answer, bool shared, long now)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(answer);
        if (answer.StatusCode != HttpStatusCode.OK || !HttpMethods.IsGet(passage.Http.Request.Method))
        {
            return null;
        }

        if (plan.PersonalBy(passage, shared) is not null || (!shared && AsksForMore(plan.Key, passage)))
        {
            plan.State.Personal.Add();
            return null;
        }

        var reading = new GoodReading(plan, passage, StableKey.Of(passage, plan.Key), answer, shared);
        if (!reading.MayBeKept(now))
        {
            plan.State.Unfit.Add();
            return null;
        }

        return reading.IsKnown(now) ? null : reading;
    }

    /// <summary>How much there is room for.</summary>
    public int MaxBytes => plan.MaxBytes;

    /// <summary>The whole body has come.</summary>
    public void Keep(ReadOnlySpan<byte> body, long now)
    {
        var same = _known is { } known && body.SequenceEqual(known.Body);
        if (same && now - _known!.At < plan.TicksPerSecond)
        {
            return;
        }

        if (!same && Repeats(body))
        {
            plan.State.Unfit.Add();
            return;
        }

        plan.State.Kept.Add();
        plan.Store.Keep(key, new()
        {
            Status = StatusCodes.Status200OK,
            Headers = Headers(body.Length),
            Body = same ? _known!.Body : body.ToArray(),
            Names = _names,
            Values = GoodAnswer.ValuesOf(_names, passage.Headers),
            Coding = _coding,
            Tag = _tag,
            LeansOn = plan.Leanings(passage, shared, _saysNoStore),
            At = _at,
            Route = plan.State,
        });
    }

    /// <summary>It has no end within the bound.</summary>
    public void GiveUp() => plan.State.Unfit.Add();

    // What went to the backend in the query and is not in the key may have changed the answer. (A second one of a name is such, too.)
    private static bool AsksForMore(KeyPlan key, Passage passage)
    {
        if (key.HasWholeQuery || passage.Query.IsEmpty)
        {
            return false;
        }

        var names = key.QueryNames.ToHashSet(StringComparer.Ordinal);
        foreach (var range in passage.Query.Split('&'))
        {
            var pair = passage.Query[range];
            var end = pair.IndexOf('=');
            if (!names.Remove((end < 0 ? pair : pair[..end]).ToString()))
            {
                return true;
            }
        }

        return false;
    }

    private bool MayBeKept(long now)
    {
        var (head, content) = (answer.Headers.NonValidated, answer.Content.Headers.NonValidated);
        if (head.Contains("Set-Cookie") || content.Contains("Content-Range") || !HasCheckedLength() || answer.Content.Headers.ContentLength > plan.MaxBytes
            || (head.TryGetValues("Connection", out var nominated) && nominated.ToString() is not ("keep-alive" or "Keep-Alive" or "close"))
            || answer.Content.Headers.ContentType?.MediaType is "text/event-stream")
        {
            return false;
        }

        ControlFields.Read(head, static (head, name) => head.TryGetValues(name, out var lines) ? lines : null, out var control);
        if (control.Private)
        {
            // What was anybody's yesterday is somebody's now.
            plan.Store.Drop(key);
            return false;
        }

        if ((control.NoStore && !plan.KeepsNoStore) || !TryVary(head))
        {
            return false;
        }

        _saysNoStore = control.NoStore;
        _coding = content.TryGetValues("Content-Encoding", out var coded) && !coded.ToString().Equals("identity", StringComparison.OrdinalIgnoreCase) ? coded.ToString() : null;
        // What is packed cannot be searched for its sender's words; then its backend must say that it is for everybody.
        if (_coding is not null && !(control.Public || control.MaxAge > 0 || control.SharedMaxAge > 0))
        {
            return false;
        }

        _tag = head.TryGetValues("ETag", out var tag) && tag.ToString() is ['"', ..] strong ? strong : null;
        var age = head.TryGetValues("Age", out var aged) ? AgeField.Read(aged.First()) : 0;
        _at = now - (Math.Min(age, int.MaxValue) * plan.TicksPerSecond);
        return age * plan.TicksPerSecond <= plan.MaxAge;
    }

    // A body that ends with the connection may have been cut off, and nobody would know.
    private bool HasCheckedLength() =>
        answer.Version.Major >= 2 || answer.Headers.TransferEncodingChunked == true
        || (answer.Content.Headers.ContentLength is not null && answer.Content.Headers.NonValidated.TryGetValues("Content-Length", out var lengths) && lengths.Count == 1);

    // With the same strong tag it is the same, byte by byte: nothing is to be copied.
    private bool IsKnown(long now)
    {
        _known = plan.Store.Find(key, passage.Headers, peeks: true, plan.Keeps);
        if (_known is not { Tag: { } tag } known || tag != _tag || known.Coding != _coding || !known.Names.AsSpan().SequenceEqual(_names))
        {
            return false;
        }

        if (now - known.At >= plan.TicksPerSecond)
        {
            plan.Store.Keep(key, new()
            {
                Status = known.Status,
                Headers = known.Headers,
                Body = known.Body,
                Names = known.Names,
                Values = known.Values,
                Coding = known.Coding,
                Tag = known.Tag,
                LeansOn = known.LeansOn,
                At = _at,
                Route = plan.State,
            });
        }

        return true;
    }

    private bool TryVary(System.Net.Http.Headers.HttpHeadersNonValidated head)
    {
        if (!head.TryGetValues("Vary", out var lines))
        {
            return true;
        }

        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var name in string.Join(',', lines).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (name == "*" || LastGoodPlan.IsOfOne(name))
            {
                return false;
            }

            // What it is packed with is looked at by itself.
            if (!name.Equals("Accept-Encoding", StringComparison.OrdinalIgnoreCase))
            {
                names.Add(name.ToLowerInvariant());
            }
        }

        _names = [.. names];
        return _names.Length <= MostNames;
    }

    // A header that is not in the key must not change what others get: an answer that repeats one is its sender's alone.
    private bool Repeats(ReadOnlySpan<byte> body)
    {
        if (passage.Client.Text is { } client && Has(body, client))
        {
            return true;
        }

        for (var i = 0; i < passage.Kept.Count; i++)
        {
            ref readonly var header = ref passage.Kept[i];
            if (IsWordOfItsOwn(header.Key, header.Value) && Has(body, header.Value.ToString()))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsWordOfItsOwn(string name, in StringValues value) =>
        name[0] != ':' && !name.Equals("Host", StringComparison.OrdinalIgnoreCase) && !plan.Key.HeaderNames.Contains(name, StringComparer.OrdinalIgnoreCase)
        && !_names.Contains(name, StringComparer.OrdinalIgnoreCase)
        && (!PlainHeaders.OfProtocol.Contains(name) || value.ToString().AsSpan().ContainsAny(Odd));

    private static bool Has(ReadOnlySpan<byte> body, string word) => word.Length >= LeastWord && body.IndexOf(Encoding.UTF8.GetBytes(word)) >= 0;

    private KeyValuePair<string, StringValues>[] Headers(int length)
    {
        var kept = new List<KeyValuePair<string, StringValues>>(16);
        Add(kept, answer.Headers.NonValidated);
        Add(kept, _content.Headers.NonValidated);
        kept.Add(new("Content-Length", length.ToString(CultureInfo.InvariantCulture)));
        return [.. kept];
    }

    private void Add(List<KeyValuePair<string, StringValues>> to, System.Net.Http.Headers.HttpHeadersNonValidated from)
    {
        foreach (var header in from)
        {
            if (!NotKept.Contains(header.Key) && !IsEcho(header.Value.ToString()))
            {
                to.Add(new(ServerNames.Of(header.Key), header.Value.Count == 1 ? header.Value.ToString() : header.Value.ToArray()));
            }
        }
    }

    // Many backends give a request's number back in a header. The answer is everybody's without it.
    private bool IsEcho(string value)
    {
        for (var i = 0; i < passage.Kept.Count; i++)
        {
            ref readonly var header = ref passage.Kept[i];
            if (header.Value.ToString() is { Length: >= LeastWord } word && IsWordOfItsOwn(header.Key, header.Value) && value.Contains(word, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return passage.Client.Text is { Length: >= LeastWord } client && value.Contains(client, StringComparison.Ordinal);
    }
}
