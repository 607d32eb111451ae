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
    [InlineData("GET", "", true)]
    [InlineData("HEAD", "", false)]
    [InlineData("POST", "", false)]
    [InlineData("get", "", true)]
    [InlineData("GET", "Cookie: a=b", false)]
    [InlineData("GET", "Authorization: Basic x", false)]
    [InlineData("GET", "Range: bytes=0-1", false)]
    [InlineData("GET", "Upgrade: websocket", false)]
    [InlineData("GET", "Content-Length: 0", true)]
    [InlineData("GET", "Content-Length: 5", false)]
    [InlineData("GET", "Transfer-Encoding: chunked", false)]
    [InlineData("GET", "Cache-Control: no-cache", true)]
    [InlineData("GET", "If-None-Match: \"x\"", true)]
    [InlineData("GET", "User-Agent: x", true)]
    public void Allows_only_what_may_be_answered_for_another(string method, string header, bool allowed)
    {
        using var glass = new Glass(Policies.With("\"coalesce\": { \"ttl\": \"10s\" }"));

        Assert.Equal(allowed, Sharing.Allows(Request(method, header), glass.Rule<CoalescePlan>()));
    }

    [Fact]
    public void Allows_cookies_where_the_policy_knows_that_they_do_not_matter()
    {
        using var glass = new Glass(Policies.With("\"coalesce\": { \"ttl\": \"10s\", \"cookies\": \"ignore\" }"));

        Assert.True(Sharing.Allows(Request("GET", "Cookie: a=b"), glass.Rule<CoalescePlan>()));
        Assert.False(Sharing.Allows(Request("GET", "Authorization: Basic x"), glass.Rule<CoalescePlan>()));
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

        Assert.Equal(shared, Sharing.Allows(Request("GET", header), glass.Rule<CoalescePlan>()));
    }

    [Fact]
    public void Does_not_allow_a_body_without_a_length()
    {
        using var glass = new Glass(Policies.With("\"coalesce\": { \"ttl\": \"10s\" }"));
        var request = Request("GET", "");
        request.HttpContext.Features.Set<IHttpRequestBodyDetectionFeature>(new Body());

        Assert.False(Sharing.Allows(request, glass.Rule<CoalescePlan>()));
    }

    // RFC 9111 §3, §4.2, §5.2.2, §5.3: what an answer says; for how many seconds it is fresh with a ttl of 10 s; -1: not shared.
    [Theory]
    [InlineData(200, "", 10)]
    [InlineData(200, "Cache-Control: public, max-age=60", 10)]
    [InlineData(200, "Cache-Control: max-age=3", 3)]
    [InlineData(200, "Cache-Control: max-age=3, s-maxage=5", 5)]
    [InlineData(200, "Cache-Control: max-age=60, s-maxage=2", 2)]
    [InlineData(200, "Cache-Control: max-age=5|Age: 2", 3)]
    [InlineData(200, "Cache-Control: max-age=5|Age: 5", -1)]
    [InlineData(200, "Cache-Control: max-age=0", -1)]
    [InlineData(200, "Cache-Control: s-maxage=0, max-age=60", -1)]
    [InlineData(200, "Cache-Control: no-store", -1)]
    [InlineData(200, "Cache-Control: NO-STORE, max-age=60", -1)]
    [InlineData(200, "Cache-Control: max-age=60|Cache-Control: no-store", -1)]
    [InlineData(200, "Cache-Control: private", -1)]
    [InlineData(200, "Cache-Control: private=\"x-a\", max-age=9", -1)]
    [InlineData(200, "Cache-Control: no-cache", -1)]
    [InlineData(200, "Cache-Control: no-cache=\"set-cookie\"", -1)]
    [InlineData(200, "Cache-Control: no-store, max-age=\"60", -1)]
    [InlineData(200, "Cache-Control: max-age=bogus, private", -1)]
    [InlineData(200, "Cache-Control: must-revalidate, max-age=4", 4)]
    [InlineData(200, "Set-Cookie: a=b", -1)]
    [InlineData(200, "Set-Cookie: a=b|Cache-Control: public, max-age=60", -1)]
    [InlineData(200, "Vary: Accept-Encoding", 10)]
    [InlineData(200, "Vary: accept-encoding, X-Shop", 10)]
    [InlineData(200, "Vary: Accept-Encoding|Vary: Accept-Language", -1)]
    [InlineData(200, "Vary: *", -1)]
    [InlineData(200, "Vary: Cookie", -1)]
    [InlineData(200, "Vary: Accept Language", -1)]
    [InlineData(200, "Date: Wed, 11 Nov 2026 00:00:00 GMT|Expires: Wed, 11 Nov 2026 00:00:04 GMT", 4)]
    [InlineData(200, "Date: Wed, 11 Nov 2026 00:00:00 GMT|Expires: Tue, 10 Nov 2026 00:00:00 GMT", -1)]
    [InlineData(200, "Expires: 0", -1)]
    [InlineData(200, "Expires: -1", -1)]
    [InlineData(200, "Expires: Wed, 11 Nov 2026 00:00:04 GMT", -1)]
    [InlineData(200, "Expires: 0|Cache-Control: max-age=3", 3)]
    [InlineData(200, "Content-Type: text/event-stream", -1)]
    [InlineData(200, "Content-Length: 2000000", -1)]
    [InlineData(201, "", -1)]
    [InlineData(204, "", -1)]
    [InlineData(206, "", -1)]
    [InlineData(301, "Cache-Control: max-age=60", -1)]
    [InlineData(304, "", -1)]
    [InlineData(404, "Cache-Control: max-age=60", -1)]
    [InlineData(500, "", -1)]
    public void Knows_how_long_an_answer_is_fresh(int status, string headers, double seconds)
    {
        using var glass = new Glass(Policies.With("\"coalesce\": { \"ttl\": \"10s\", \"key\": [ \"path\", \"header:X-Shop\" ] }"));
        using var answer = Answer(status, headers);

        Assert.Equal(seconds, Sharing.Freshness(answer, glass.Rule<CoalescePlan>()) ?? -1);
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("Cache-Control: max-age=60", 0)]
    [InlineData("Cache-Control: max-age=0", -1)]
    [InlineData("Cache-Control: no-store", -1)]
    public void Shares_fetches_under_way_also_with_a_ttl_of_nothing(string headers, double seconds)
    {
        using var glass = new Glass(Policies.With("\"coalesce\": { \"ttl\": \"0s\" }"));
        using var answer = Answer(200, headers);

        Assert.Equal(seconds, Sharing.Freshness(answer, glass.Rule<CoalescePlan>()) ?? -1);
    }

    [Fact]
    public void Keeps_what_belongs_to_the_answer_and_nothing_of_the_connection()
    {
        using var glass = new Glass(Policies.With("\"coalesce\": { \"ttl\": \"10s\" }"));
        using var answer = Answer(200, "ETag: \"x\"|X-Two: a|X-Two: b|Connection: close|Keep-Alive: 5|Age: 2|Transfer-Encoding: chunked|Cache-Status: other|RateLimit: x|traceparent: y|Content-Type: text/css|Trailer: z|Proxy-Authenticate: Basic");

        var kept = Sharing.Keep(answer, Encoding.UTF8.GetBytes("body"), 3.5, glass.Rule<CoalescePlan>(), 1000);

        Assert.Equal(["Content-Length", "Content-Type", "ETag", "X-Two"], kept.Headers.Select(static h => h.Key).Order());
        Assert.Equal("a|b", string.Join("|", kept.Headers.Single(static h => h.Key == "X-Two").Value.ToArray()));
        Assert.Equal((200, 4, true), (kept.Status, kept.Body.Length, kept.Shareable));
        Assert.Equal(((long)(3.5 * 3_579_545), 2L * 3_579_545), (kept.Lifetime, kept.AgeThen));
        Assert.Equal((2L * 3_579_545) + 5, kept.Age(1005));
        Assert.Equal(2L * 3_579_545, kept.Age(0));
        Assert.InRange(kept.Bytes, 512, 1024);
    }

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
