using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using SandGlass.Layers.Coalesce;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Layers.Coalesce;

public sealed class SharingTests
{
    [Theory]
    [InlineData("GET", "", Use.Whole)]
    [InlineData("HEAD", "", Use.OnlyKept)]
    [InlineData("POST", "", Use.None)]
    [InlineData("get", "", Use.Whole)]
    [InlineData("GET", "Cookie: a=b", Use.None)]
    [InlineData("GET", "Authorization: Basic x", Use.Authorized)]
    [InlineData("HEAD", "Authorization: Basic x", Use.OnlyKept)]
    [InlineData("GET", "Range: bytes=0-1", Use.OnlyKept)]
    [InlineData("GET", "Upgrade: websocket", Use.None)]
    [InlineData("GET", "Content-Length: 0", Use.Whole)]
    [InlineData("GET", "Content-Length: 5", Use.None)]
    [InlineData("GET", "Transfer-Encoding: chunked", Use.None)]
    [InlineData("GET", "Cache-Control: no-cache", Use.Whole)]
    [InlineData("GET", "If-None-Match: \"x\"", Use.Whole)]
    [InlineData("GET", "User-Agent: x", Use.Whole)]
    public void Allows_only_what_may_be_answered_for_another(string method, string header, Use use)
    {
        using var glass = new Glass(Policies.With("\"coalesce\": { \"ttl\": \"10s\" }"));

        Assert.Equal(use, Sharing.UseOf(Request(method, header), glass.Rule<CoalescePlan>()));
    }

    [Fact]
    public void Allows_cookies_where_the_policy_knows_that_they_do_not_matter()
    {
        using var glass = new Glass(Policies.With("\"coalesce\": { \"ttl\": \"10s\", \"cookies\": \"ignore\" }"));

        Assert.Equal(Use.Whole, Sharing.UseOf(Request("GET", "Cookie: a=b"), glass.Rule<CoalescePlan>()));
        Assert.Equal(Use.Authorized, Sharing.UseOf(Request("GET", "Authorization: Basic x"), glass.Rule<CoalescePlan>()));
    }

    [Theory]
    [InlineData("Cookie: sandglass-session=x", true)]
    [InlineData("Cookie: sandglass-session=x; ", true)]
    [InlineData("Cookie: sandglass-session=x; user=7", false)]
    [InlineData("Cookie: sandglass-sessions=x", false)]
    [InlineData("Cookie: sandglass-session", false)]
    public void Does_not_mind_the_gateways_own_cookie(string header, bool shared)
    {
        using var glass = new Glass(Policies.With("\"coalesce\": { \"ttl\": \"1s\" }, \"session\": \"begin\""));

        Assert.Equal(shared ? Use.Whole : Use.None, Sharing.UseOf(Request("GET", header), glass.Rule<CoalescePlan>()));
    }

    [Fact]
    public void Does_not_allow_a_body_without_a_length()
    {
        using var glass = new Glass(Policies.With("\"coalesce\": { \"ttl\": \"10s\" }"));
        var request = Request("GET", "");
        request.HttpContext.Features.Set<IHttpRequestBodyDetectionFeature>(new Body());

        Assert.Equal(Use.None, Sharing.UseOf(request, glass.Rule<CoalescePlan>()));
    }

    // RFC 9111 §3, §4.2, §5.2.2, §5.3: what an answer says; for how many seconds it is fresh with a ttl of 10 s; 0: only for its own request,
    // and to be asked about; -1: not shared.
    [Theory]
    [InlineData(200, "", 10)]
    [InlineData(200, "Cache-Control: public, max-age=60", 60)]
    [InlineData(200, "Cache-Control: max-age=3", 3)]
    [InlineData(200, "Cache-Control: max-age=5|Age: 2", 3)]
    [InlineData(200, "Cache-Control: max-age=60|Age: x", 60)]
    [InlineData(200, "Cache-Control: max-age=60|Age: -5", 60)]
    [InlineData(200, "Cache-Control: max-age=60|Age: 9, 0", 51)]
    [InlineData(200, "Cache-Control: max-age=60|Age: 0,90", 60)]
    [InlineData(200, "Cache-Control: max-age=60|Age: 9|Age: 0", 51)]
    [InlineData(200, "Cache-Control: max-age=60|Age: 99999999999999999999", 0)]
    [InlineData(200, "Surrogate-Control: max-age=7|Cache-Control: no-store|Expires: 0", 7)]
    [InlineData(200, "Surrogate-Control: no-store|Cache-Control: max-age=6", -1)]
    [InlineData(200, "Surrogate-Control: max-age=7|CDN-Cache-Control: max-age=8", 8)]
    [InlineData(200, "Cache-Control: max-age=0", 0)]
    [InlineData(200, "Cache-Control: no-store", -1)]
    [InlineData(200, "Cache-Control: max-age=60|Cache-Control: no-store", -1)]
    [InlineData(200, "Cache-Control: private=\"x-a\", max-age=9", -1)]
    [InlineData(200, "Cache-Control: no-cache", 0)]
    [InlineData(200, "Cache-Control: no-store, max-age=\"60", -1)]
    [InlineData(200, "Cache-Control: max-age=bogus, private", -1)]
    [InlineData(200, "Connection: Cache-Control|Cache-Control: no-store", -1)]
    [InlineData(200, "CDN-Cache-Control: max-age=7|Cache-Control: no-store|Expires: 0", 7)]
    [InlineData(200, "CDN-Cache-Control: max-age=7|SandGlass-Cache-Control: max-age=8", 8)]
    [InlineData(200, "CDN-Cache-Control: Max-Age|Cache-Control: max-age=6", 6)]
    [InlineData(200, "CDN-Cache-Control: no-store|Cache-Control: max-age=6", -1)]
    [InlineData(200, "Set-Cookie: a=b", -1)]
    [InlineData(200, "Set-Cookie: a=b|Cache-Control: public, max-age=60", -1)]
    [InlineData(200, "Vary: Accept-Encoding", 10)]
    [InlineData(200, "Vary: accept-encoding, X-Shop", 10)]
    [InlineData(200, "Vary: Accept-Language", 10)]
    [InlineData(200, "Vary: *", -1)]
    [InlineData(200, "Vary: X-Shop, *", -1)]
    [InlineData(200, "Vary: Accept Language", -1)]
    [InlineData(200, "Vary: a,b,c,d,e,f,g,h,i", -1)]
    [InlineData(200, "Date: Wed, 11 Nov 2026 00:00:00 GMT|Expires: Wed, 11 Nov 2026 00:00:04 GMT", 4)]
    [InlineData(200, "Date: Wed, 11 Nov 2026 00:00:00 GMT|Expires: Tue, 10 Nov 2026 00:00:00 GMT", 0)]
    [InlineData(200, "Date: Wed, 11 Nov 2026 00:00:00 GMT|Last-Modified: Tue, 10 Nov 2026 23:59:00 GMT", 6)]
    [InlineData(200, "Expires: 0", 0)]
    [InlineData(200, "Expires: Wed, 11 Nov 2026 00:00:04 GMT", 4)]
    [InlineData(200, "Expires: 0|Cache-Control: max-age=3", 3)]
    [InlineData(200, "Content-Type: text/event-stream", -1)]
    [InlineData(200, "Content-Length: 2000000", -1)]
    [InlineData(201, "", -1)]
    [InlineData(204, "", -1)]
    [InlineData(206, "Cache-Control: max-age=60", -1)]
    [InlineData(301, "", -1)]
    [InlineData(301, "Cache-Control: max-age=60", 60)]
    [InlineData(404, "", -1)]
    [InlineData(404, "Cache-Control: max-age=60", 60)]
    [InlineData(500, "", -1)]
    public void Knows_how_long_an_answer_is_fresh(int status, string headers, double seconds)
    {
        using var glass = new Glass(Policies.With("\"coalesce\": { \"ttl\": \"10s\", \"key\": [ \"path\", \"header:X-Shop\" ] }"));
        using var answer = Answer(status, headers);
        var (plan, reading) = (glass.Rule<CoalescePlan>(), Read(answer, glass));

        var fresh = Sharing.Judge(reading, plan, 0);

        Assert.Equal(seconds, fresh?.Seconds ?? -1);
        Assert.Equal(seconds == 0, fresh is { } judged && Sharing.IsStale(judged, reading, plan));
    }

    // §3.5.
    [Theory]
    [InlineData("", false)]
    [InlineData("Cache-Control: max-age=60", false)]
    [InlineData("Cache-Control: public, max-age=60", true)]
    [InlineData("Cache-Control: max-age=60, must-revalidate", true)]
    [InlineData("Cache-Control: s-maxage=60", true)]
    [InlineData("Cache-Control: public, private, max-age=60", false)]
    [InlineData("CDN-Cache-Control: max-age=60|Cache-Control: public", false)]
    public void Keeps_an_answer_to_credentials_only_where_it_says_that_it_is_for_all(string headers, bool kept)
    {
        using var glass = new Glass(Policies.With("\"coalesce\": { \"ttl\": \"10s\" }"));
        using var answer = Answer(200, headers);

        Assert.Equal(kept, Sharing.Judge(Read(answer, glass), glass.Rule<CoalescePlan>(), 0, authorized: true) is not null);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("Cache-Control: max-age=60", true)]
    [InlineData("Cache-Control: max-age=0", false)]
    [InlineData("Cache-Control: no-cache", false)]
    public void Shares_fetches_under_way_also_with_a_ttl_of_nothing(string headers, bool shared)
    {
        using var glass = new Glass(Policies.With("\"coalesce\": { \"ttl\": \"0s\" }"));
        using var answer = Answer(200, headers);
        var (plan, reading) = (glass.Rule<CoalescePlan>(), Read(answer, glass));
        var fresh = Sharing.Judge(reading, plan, 0)!.Value;

        Assert.Equal(shared, !Sharing.IsStale(fresh, reading, plan));
        Assert.Equal(0, Sharing.Keep(reading, [], fresh, new Flight(plan, 1, 0), 1, [], 5, 10).Lifetime);
    }

    [Fact]
    public void Keeps_what_belongs_to_the_answer_and_nothing_of_the_connection()
    {
        using var glass = new Glass(Policies.With("\"coalesce\": { \"ttl\": \"10s\" }"));
        using var answer = Answer(200, "ETag: \"x\"|X-Two: a|X-Two: b|Connection: close, X-Hop|X-Hop: 1|Keep-Alive: 5|Age: 2|Transfer-Encoding: chunked|Cache-Status: other|RateLimit: x|traceparent: y|Content-Type: text/css|Trailer: z|Proxy-Authenticate: Basic|Cache-Control: max-age=5");
        var plan = glass.Rule<CoalescePlan>();
        var reading = Read(answer, glass);

        var kept = Sharing.Keep(reading, Encoding.UTF8.GetBytes("body"), Sharing.Judge(reading, plan, 1.5)!.Value, new Flight(plan, 1, 0), 1, [], 900, 1000);

        Assert.Equal(["Cache-Control", "Content-Length", "Content-Type", "Date", "ETag", "X-Two"], kept.Headers.Select(static h => h.Key).Order());
        Assert.Equal("a|b", string.Join("|", kept.Headers.Single(static h => h.Key == "X-Two").Value.ToArray()));
        Assert.Equal("Wed, 11 Nov 2026 00:00:00 GMT", kept.Headers.Single(static h => h.Key == "Date").Value.ToString());
        Assert.Equal((200, 4, true, "\"x\"", 900), (kept.Status, kept.Body.Length, kept.Shareable, kept.ETag, kept.RequestedAt));
        // 5 s, of which 2 had passed before it came and 1.5 while it did.
        Assert.Equal(((long)(1.5 * 3_579_545), (long)(3.5 * 3_579_545)), (kept.Lifetime, kept.AgeThen));
        Assert.Equal((long)(3.5 * 3_579_545) + 5, kept.Age(1005));
        Assert.Equal((long)(3.5 * 3_579_545), kept.Age(0));
        Assert.InRange(kept.Bytes, 512, 1024);
    }

    [Fact]
    public void Spreads_expiry_by_key_and_never_beyond_what_the_answer_allows()
    {
        using var glass = new Glass(Policies.With("\"coalesce\": { \"ttl\": \"10s\" }"));
        using var answer = Answer(200, "Cache-Control: max-age=100");
        var plan = glass.Rule<CoalescePlan>();
        var dice = new Random(5);
        var lifetimes = Enumerable.Range(0, 1000).Select(_ => Of(new UInt128((ulong)dice.NextInt64(long.MinValue, long.MaxValue), 1))).ToArray();

        Assert.All(lifetimes, static seconds => Assert.InRange(seconds, 90, 100));
        Assert.InRange(lifetimes.Average(), 94, 96);
        Assert.Equal(Of(77), Of(77));

        double Of(UInt128 key)
        {
            var reading = Read(answer, glass);
            return (double)Sharing.Keep(reading, [], Sharing.Judge(reading, plan, 0)!.Value, new Flight(plan, key, 0), key, [], 5, 10).Lifetime / plan.TicksPerSecond;
        }
    }

    [Fact]
    public void Freshens_what_is_kept_with_the_headers_of_a_304()
    {
        using var glass = new Glass(Policies.With("\"coalesce\": { \"ttl\": \"10s\" }"));
        var plan = glass.Rule<CoalescePlan>();
        using var first = Answer(200, "ETag: \"x\"|Cache-Control: max-age=1|X-A: 1|Content-Encoding: zip");
        var reading = Read(first, glass);
        var known = Sharing.Keep(reading, [1, 2], Sharing.Judge(reading, plan, 0)!.Value, new Flight(plan, 1, 0), 1, [], 900, 1000);
        using var second = Answer(304, "ETag: \"y\"|Cache-Control: max-age=9|X-A: 2|X-B: 3|Content-Encoding: br");
        var fresh = AnswerReading.Of(second, glass.Clock.GetUtcNow(), known);

        var kept = Sharing.Keep(fresh, known.Body, Sharing.Judge(fresh, plan, 0)!.Value, new Flight(plan, 1, 0), 1, [], 1900, 2000);

        Assert.Equal((200, "\"x\"", 9 * plan.TicksPerSecond, 2), (kept.Status, kept.ETag, kept.Lifetime, kept.Body.Length));
        Assert.Equal("2 3 zip 2", string.Join(' ', new[] { "X-A", "X-B", "Content-Encoding", "Content-Length" }.Select(n => kept.Headers.Single(h => h.Key == n).Value.ToString())));
    }

    private static AnswerReading Read(HttpResponseMessage answer, Glass glass) => AnswerReading.Of(answer, glass.Clock.GetUtcNow());

    private static HttpRequest Request(string method, string header)
    {
        var request = new DefaultHttpContext().Request;
        request.Method = method;
        if (header.Length > 0)
        {
            request.Headers[header.Split(": ")[0]] = header.Split(": ")[1];
        }

        return request;
    }

    private static HttpResponseMessage Answer(int status, string headers)
    {
        var answer = new HttpResponseMessage((HttpStatusCode)status) { Content = new ByteArrayContent([]) };
        answer.Content.Headers.ContentLength = null;
        foreach (var header in headers.Split('|', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = (header[..header.IndexOf(':')], header[(header.IndexOf(':') + 2)..]);
            Assert.True(answer.Headers.TryAddWithoutValidation(name, value) || answer.Content.Headers.TryAddWithoutValidation(name, value));
        }

        return answer;
    }

    private sealed class Body : IHttpRequestBodyDetectionFeature
    {
        public bool CanHaveBody => true;
    }
}
