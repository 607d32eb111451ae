using Microsoft.AspNetCore.Http;
using SandGlass.Layers.Trust;
using SandGlass.Request;
using Xunit;

namespace SandGlass.Tests.Layers.Trust;

/// <summary>HeaderText, HostName, Framing and ForwardingHeaders: the pure parts of Trust.</summary>
public sealed class HeaderTests
{
    [Theory]
    [InlineData("X-Forwarded-For", "x-forwarded-for")]
    [InlineData("x_forwarded_for", "x-forwarded-for")]
    [InlineData("X_Forwarded-FOR", "x-forwarded-for")]
    [InlineData("Forwarded", "forwarded")]
    [InlineData("CF-Connecting-IP", "cf-connecting-ip")]
    [InlineData("True-Client-IP", "true-client-ip")]
    [InlineData("X-Real-IP", "x-real-ip")]
    [InlineData("X-Client-IP", "x-client-ip")]
    [InlineData("Fastly-Client-IP", "fastly-client-ip")]
    [InlineData("X-Original-URL", "x-original-url")]
    [InlineData("X-Rewrite-URL", "x-rewrite-url")]
    [InlineData("X-HTTP-Method-Override", "x-http-method-override")]
    [InlineData("X-SandGlass-Criticality", "x-sandglass-*")]
    [InlineData("x_sandglass_deadline_ms", "x-sandglass-*")]
    [InlineData("X-SandGlass-A-Name-That-Is-Longer-Than-All-Names-Of-The-Set", "x-sandglass-*")]
    [InlineData("X_SandGlass_A_Name_That_Is_Longer_Than_All_Names_Of_The_Set", "x-sandglass-*")]
    [InlineData("Cookie", null)]
    [InlineData("X", null)]
    [InlineData("X-Forwarded-Client-Cert", "x-forwarded-client-cert")]
    [InlineData("X-Forwarded", "x-forwarded")]
    [InlineData("Forwarded-For", "forwarded-for")]
    [InlineData("X-Forwarded-Uri", "x-forwarded-uri")]
    [InlineData("X-Forwarded-Path", "x-forwarded-path")]
    [InlineData("X_Forwarded_User", "x-forwarded-user")]
    [InlineData("X-Forwarded-Email", "x-forwarded-email")]
    [InlineData("X-Forwarded-Groups", "x-forwarded-groups")]
    [InlineData("X-Auth-Request-User", "x-auth-request-user")]
    [InlineData("X-Original-URI", "x-original-uri")]
    [InlineData("X-Envoy-External-Address", "x-envoy-external-address")]
    [InlineData("WL-Proxy-Client-IP", "wl-proxy-client-ip")]
    [InlineData("Proxy-Client-IP", "proxy-client-ip")]
    [InlineData("REMOTE_USER", "remote-user")]
    [InlineData("Client-Cert", "client-cert")]
    [InlineData("ssl-client-verify", "ssl-client-verify")]
    [InlineData("X-Scheme", "x-scheme")]
    [InlineData("Front-End-Https", "front-end-https")]
    [InlineData("X-Forwarded-Fo", "x-forwarded-*")]
    [InlineData("X_Forwarded_Anything", "x-forwarded-*")]
    [InlineData("X-Forwarded-For-And-Something-That-Makes-It-Quite-Long", "x-forwarded-*")]
    [InlineData("X-Forwarder", null)]
    [InlineData("Sec-Fetch-Mode", null)]
    [InlineData("Referer", null)]
    [InlineData("Proxy-Connection", null)]
    [InlineData("XX-Forwarded-For", null)]
    [InlineData("Content-Type", null)]
    public void Knows_the_headers_by_which_proxies_speak(string name, string? label) => Assert.Equal(label, ForwardingHeaders.LabelOf(name));

    [Fact]
    public void Has_a_counter_for_every_label()
    {
        var spoofed = new SpoofedHeaders();
        foreach (var label in ForwardingHeaders.Labels)
        {
            spoofed.Count(label);
        }

        Assert.All(spoofed.Totals, static t => Assert.Equal(1, t.Total));
    }

    [Theory]
    [InlineData("X-A", "plain", null)]
    [InlineData("X-A", "tab\there", null)]
    [InlineData("X-A", "caf\u00e9", null)]
    [InlineData("X-A", "", null)]
    [InlineData("!#$%&'*+-.^_`|~09azAZ", "v", null)]
    [InlineData(":authority", "v", null)]
    [InlineData("X A", "v", "header-name")]
    [InlineData("X:A", "v", "header-name")]
    [InlineData("X\"A", "v", "header-name")]
    [InlineData("X\r\nA", "v", "header-name")]
    [InlineData("X-\u00e9", "v", "header-name")]
    [InlineData("X-A", "a\rb", "header-value")]
    [InlineData("X-A", "a\nb", "header-value")]
    [InlineData("X-A", "a\0b", "header-value")]
    [InlineData("X-A", "a\u001bb", "header-value")]
    [InlineData("X-A", "a\u007fb", "header-value")]
    public void Refuses_headers_that_readers_take_differently(string name, string value, string? problem) =>
        Assert.Equal(problem, HeaderText.Check(name, value));

    [Fact]
    public void Looks_at_every_line_of_a_header() => Assert.Equal("header-value", HeaderText.Check("X-A", new(["fine", "a\nb"])));

    [Theory]
    [InlineData("shop.example", true)]
    [InlineData("SHOP.example:8080", true)]
    [InlineData("127.0.0.1:80", true)]
    [InlineData("[::1]", true)]
    [InlineData("[2001:db8::1]:443", true)]
    [InlineData("a_b.example", true)]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData(":80", false)]
    [InlineData("a@b", false)]
    [InlineData("a b", false)]
    [InlineData("a/b", false)]
    [InlineData("a,b", false)]
    [InlineData("a\u00e9", false)]
    [InlineData("shop.example:", false)]
    [InlineData("shop.example:0", false)]
    [InlineData("shop.example:65536", false)]
    [InlineData("shop.example:999999", false)]
    [InlineData("shop.example:8a", false)]
    [InlineData("shop.example:+80", false)]
    [InlineData("a:b:80", false)]
    [InlineData("2001:db8::1", false)]
    [InlineData("[]", false)]
    [InlineData("[::1", false)]
    [InlineData("[::1]x", false)]
    [InlineData("[::1%eth0]", false)]
    public void Knows_what_a_host_is(string? host, bool fine) => Assert.Equal(fine ? null : "host", HostName.Check(host));

    [Theory]
    [InlineData("shop.example:8080", "shop.example")]
    [InlineData("shop.example", "shop.example")]
    [InlineData("[::1]:80", "[::1]")]
    [InlineData("[::1]", "[::1]")]
    public void Takes_the_port_off_a_host(string host, string name) => Assert.Equal(name, HostName.WithoutPort(host).ToString());

    [Theory]
    [InlineData("shop.example", "http", "shop.example")]
    [InlineData("SHOP.Example", "http", "shop.example")]
    [InlineData("shop.example:80", "http", "shop.example")]
    [InlineData("Shop.Example:0080", "http", "shop.example")]
    [InlineData("shop.example:443", "https", "shop.example")]
    [InlineData("shop.example:443", "http", "shop.example:443")]
    [InlineData("shop.example:80", "https", "shop.example:80")]
    [InlineData("shop.example:8080", "http", "shop.example:8080")]
    [InlineData("SHOP.example:08080", "http", "shop.example:8080")]
    [InlineData("[2001:DB8::1]:80", "http", "[2001:db8::1]")]
    [InlineData("[::1]", "http", "[::1]")]
    [InlineData("[::80]", "http", "[::80]")]
    public void Spells_a_host_in_one_way(string host, string scheme, string normal)
    {
        Assert.Equal(normal, HostName.Normal(host, scheme));
        Assert.Same(normal, HostName.Normal(normal, scheme));
    }

    [Fact]
    public void Bounds_the_length_of_a_host() => Assert.Equal("host", HostName.Check(new string('a', 256)));

    [Theory]
    [InlineData("GET", "HTTP/1.1", null, null, null)]
    [InlineData("POST", "HTTP/1.1", "5", null, null)]
    [InlineData("POST", "HTTP/1.1", null, "chunked", null)]
    [InlineData("POST", "HTTP/1.1", "5", "chunked", "length-and-chunked")]
    [InlineData("POST", "HTTP/1.0", null, "chunked", "chunked-in-1.0")]
    [InlineData("POST", "HTTP/2", null, "chunked", "connection-header")]
    [InlineData("TRACE", "HTTP/1.1", null, null, "method")]
    [InlineData("TRACE", "HTTP/2", null, null, "method")]
    [InlineData("TRACK", "HTTP/1.1", null, null, "method")]
    [InlineData("CONNECT", "HTTP/1.1", null, null, "method")]
    [InlineData("CONNECT", "HTTP/2", null, null, null)]
    [InlineData("trace", "HTTP/1.1", null, null, "method")]
    [InlineData("Trace", "HTTP/2", null, null, "method")]
    [InlineData("connect", "HTTP/2", null, null, "method")]
    [InlineData("get", "HTTP/1.1", null, null, "method")]
    [InlineData("GEt", "HTTP/2", null, null, "method")]
    [InlineData("post", "HTTP/1.1", "5", null, "method")]
    [InlineData("Propfind", "HTTP/1.1", null, null, "method")]
    [InlineData("PROPFIND", "HTTP/1.1", null, null, null)]
    [InlineData("notify", "HTTP/1.1", null, null, null)]
    public void Checks_the_frame(string method, string protocol, string? length, string? encoding, string? problem)
    {
        var request = new DefaultHttpContext().Request;
        request.Method = method;
        request.Protocol = protocol;
        request.Headers.ContentLength = length is null ? null : long.Parse(length, null);
        if (encoding is not null)
        {
            request.Headers.TransferEncoding = encoding;
        }

        Assert.Equal(problem, Framing.Check(request));
    }

    [Theory]
    [InlineData("X-A", "X-B Cookie Authorization Host X-Forwarded-For")]
    [InlineData("x-a, X-B", "Cookie Authorization Host X-Forwarded-For")]
    [InlineData("close, X-A", "X-B Cookie Authorization Host X-Forwarded-For")]
    [InlineData("keep-alive", "X-A X-B Cookie Authorization Host X-Forwarded-For")]
    [InlineData("Cookie, authorization, HOST", "X-A X-B Cookie Authorization Host X-Forwarded-For")]
    [InlineData("Upgrade, ,, X-A", "X-B Cookie Authorization Host X-Forwarded-For")]
    public void Drops_what_connection_nominates_but_not_what_carries_the_meaning(string connection, string left)
    {
        var headers = new HeaderDictionary { ["Connection"] = connection };
        var kept = new KeptHeaders();
        foreach (var name in new[] { "X-A", "X-B", "Cookie", "Authorization", "Host", "X-Forwarded-For" })
        {
            headers[name] = "v";
            kept.Add(name, "v");
        }

        Assert.Null(Framing.DropNominated(headers, kept));

        Assert.Equal(left.Split(' '), Enumerable.Range(0, kept.Count).Select(i => kept[i].Key));
        Assert.Equal(left.Split(' ').Order(), headers.Keys.Where(static k => k != "Connection").Order());
    }

    [Fact]
    public void Grows_and_forgets_the_headers_it_keeps()
    {
        var kept = new KeptHeaders();
        for (var i = 0; i < 100; i++)
        {
            kept.Add("X-" + (i % 50), "v");
        }

        kept.Remove("x-7");
        Assert.Equal(98, kept.Count);
        Assert.Equal("X-8", kept[7].Key);

        kept.Clear();
        Assert.Equal(0, kept.Count);
    }
}
