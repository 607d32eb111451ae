using Microsoft.Extensions.Logging;
using SandGlass.Algorithms;
using SandGlass.Request;
using SandGlass.Testing;
using Xunit;
using TestContext = SandGlass.Testing.TestContext;

namespace SandGlass.Tests.Layers.Trust;

public sealed class TrustLayerTests
{
    private const string Cdn = "10.0.0.1";
    private const string Stranger = "198.51.100.7";

    private static string Edge(string edge) => Policies.With(sections: $"\"edge\": {{ {edge} }}");

    private static readonly string Trusting = Edge("\"trustedProxies\": [ \"10.0.0.0/8\" ]");

    [Theory]
    [InlineData(Cdn, "Peer 10.0.0.1, client 203.0.113.7: a trusted proxy speaks, and X-Forwarded-For names the client: the first untrusted address from the right")]
    [InlineData(Stranger, "Peer 198.51.100.7, client 198.51.100.7: the TCP peer is no trusted proxy, so it is the client")]
    public async Task Tells_the_debug_log_who_the_peer_is_who_the_client_is_and_why(string from, string line)
    {
        using var glass = new Glass(Trusting, logs: LogLevel.Debug);
        using var request = new TestContext(from: from, headers: ("X-Forwarded-For", "6.6.6.6, 203.0.113.7"));

        await glass.SendAsync(request);

        Assert.Equal([line], glass.Log.Lines.Where(static l => l.Level == LogLevel.Debug).Select(static l => l.Text));
    }

    [Fact]
    public async Task Tells_nobody_where_debug_is_off()
    {
        using var glass = new Glass(Trusting);

        using var answer = await glass.GetAsync();

        Assert.Empty(glass.Log.Lines);
    }

    [Theory]
    [InlineData(Stranger, 1)]
    [InlineData(Cdn, 0)]
    public void Counts_what_a_stranger_sends_under_the_names_that_the_policy_gives(string from, int counted)
    {
        using var glass = new Glass(Edge("\"trustedProxies\": [ \"10.0.0.0/8\" ], \"clientIpHeaders\": [ \"Ali-Cdn-Real-Ip\" ]"));
        using var request = new TestContext(from: from, headers: ("Ali-Cdn-Real-Ip", "203.0.113.1"));

        var passage = glass.Enter(request);

        Assert.DoesNotContain("Ali-Cdn-Real-Ip", Kept(passage), StringComparer.OrdinalIgnoreCase);
        Assert.Equal(counted, glass.State.Spoofed.Totals.Single(static t => t.Header == "named-in-policy").Total);
    }

    [Theory]
    [InlineData(Stranger, "X-Criticality", 1)]
    [InlineData(Stranger, "x_criticality", 1)]
    [InlineData(Cdn, "X-Criticality", 0)]
    public void Passes_on_how_critical_a_request_is_only_from_whom_it_is_believed(string from, string header, int counted)
    {
        using var glass = new Glass(Policies.With(
            sections: "\"edge\": { \"trustedProxies\": [ \"10.0.0.0/8\" ] }, \"shedding\": { \"criticalityHeader\": \"X-Criticality\" }"));
        using var request = new TestContext(from: from, headers: (header, "critical-plus"));

        var passage = glass.Enter(request);

        Assert.Equal(counted == 0, Kept(passage).Contains(header, StringComparer.OrdinalIgnoreCase));
        Assert.Equal(counted == 0, request.Http.Request.Headers.ContainsKey(header));
        Assert.Equal(counted, glass.State.Spoofed.Totals.Single(static t => t.Header == "named-in-policy").Total);
    }

    [Theory]
    [InlineData("X-Forwarded-For")]
    [InlineData("X_Forwarded_For")]
    [InlineData("Forwarded")]
    [InlineData("CF-Connecting-IP")]
    [InlineData("True-Client-IP")]
    [InlineData("X-Real-IP")]
    [InlineData("X-SandGlass-Criticality")]
    [InlineData("X-Original-URL")]
    public void Believes_no_stranger_and_passes_none_of_it_on(string header)
    {
        using var glass = new Glass(Trusting);
        using var request = new TestContext(from: Stranger, headers: [(header, "10.0.0.9"), ("X-Other", "stays")]);

        var passage = glass.Enter(request);

        Assert.Equal((Stranger, false), (passage.Client.Text, passage.FromTrustedProxy));
        Assert.DoesNotContain(header, Kept(passage), StringComparer.OrdinalIgnoreCase);
        Assert.Contains("X-Other", Kept(passage));
        Assert.False(request.Http.Request.Headers.ContainsKey(header));
        Assert.Equal(1, glass.State.Spoofed.Totals.Sum(static t => t.Total));
    }

    [Fact]
    public void Believes_a_trusted_proxy_but_passes_its_headers_on_in_no_other_words_than_ours()
    {
        using var glass = new Glass(Trusting);
        using var request = new TestContext(from: Cdn, headers: [("X-Forwarded-For", "6.6.6.6, 203.0.113.7"), ("X-Real-IP", "6.6.6.6")]);

        var passage = glass.Enter(request);

        Assert.Equal(("203.0.113.7", true), (passage.Client.Text, passage.FromTrustedProxy));
        Assert.Equal(["Host"], Kept(passage));
        Assert.Equal(0, glass.State.Spoofed.Totals.Sum(static t => t.Total));
    }

    [Fact]
    public void Reads_the_first_of_its_headers_that_is_there_and_lets_no_strangers_copy_of_it_pass()
    {
        using var glass = new Glass(Edge("\"trustedProxies\": [ \"10.0.0.0/8\" ], \"clientIpHeaders\": [ \"Ali-Cdn-Real-Ip\", \"X-Forwarded-For\" ]"));
        using var both = new TestContext(from: Cdn, headers: [("Ali-Cdn-Real-Ip", "203.0.113.1"), ("X-Forwarded-For", "203.0.113.2")]);
        using var second = new TestContext(from: Cdn, headers: [("X-Forwarded-For", "203.0.113.2")]);
        using var stranger = new TestContext(from: Stranger, headers: [("ali-cdn-real-ip", "203.0.113.1")]);

        Assert.Equal("203.0.113.1", glass.Enter(both).Client.Text);
        Assert.Equal("203.0.113.2", glass.Enter(second).Client.Text);
        var passage = glass.Enter(stranger);
        Assert.Equal(Stranger, passage.Client.Text);
        Assert.DoesNotContain("ali-cdn-real-ip", Kept(passage));
    }

    [Theory]
    [InlineData("right", true)]
    [InlineData("wrong", false)]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData("right|right", false)]
    [InlineData("right,right", false)]
    public void Takes_a_proxy_for_a_stranger_without_its_proof(string? proof, bool trusted)
    {
        Environment.SetEnvironmentVariable("SANDGLASS_TEST_PROOF", "right");
        using var glass = new Glass(Edge("\"trustedProxies\": [ \"10.0.0.0/8\" ], \"proof\": { \"secret\": \"env:SANDGLASS_TEST_PROOF\" }"));
        (string, string)[] proofs = proof is null ? [] : [.. proof.Split('|').Select(static p => ("X-Edge-Proof", p))];
        using var request = new TestContext(from: Cdn, headers: [("X-Forwarded-For", "203.0.113.7"), .. proofs]);

        var passage = glass.Enter(request);

        Assert.Equal(trusted ? "203.0.113.7" : Cdn, passage.Client.Text);
        Assert.Equal(["Host"], Kept(passage));
    }

    [Theory]
    [InlineData("/r/1", "shop.example", 200, null)]
    [InlineData("http://shop.example/r/1", "shop.example", 200, null)]
    [InlineData("http://shop.example?x", "shop.example", 404, "none/no-route")]
    [InlineData("/r/a;b", "shop.example", 400, "trust/path-parameter")]
    [InlineData("/r/1", "evil.example", 421, "trust/unknown-host")]
    [InlineData("/r/1", "shop.example.evil", 421, "trust/unknown-host")]
    [InlineData("/r/1", "a.shop.example:81", 200, null)]
    [InlineData("/r/1", ".shop.example", 421, "trust/unknown-host")]
    [InlineData("/r/1", "a@b", 400, "trust/host")]
    [InlineData("/r/1", "", 400, "trust/host")]
    [InlineData("*", "shop.example", 400, "trust/target-not-a-path")]
    public async Task Refuses_what_is_no_business_of_ours(string target, string host, int status, string? details)
    {
        using var glass = new Glass(Edge("\"hosts\": [ \"shop.example\", \"*.shop.example\" ], \"unknownHost\": 421"));
        using var request = new TestContext(target);
        request.Http.Request.Headers.Host = host;

        await glass.SendAsync(request);

        Assert.Equal(status, request.Status);
        Assert.EndsWith(details is null ? "" : $"details=\"{details}\"", request.Header("Proxy-Status"), StringComparison.Ordinal);
        Assert.Equal(status == 200 ? 1 : 0, glass.Forwarder.Calls);
    }

    [Theory]
    [InlineData(1000, 200)]
    [InlineData(1001, 413)]
    public async Task Refuses_a_body_above_the_limit(int length, int status)
    {
        using var glass = new Glass(Edge("\"limits\": { \"body\": \"1000B\" }"));
        using var request = new TestContext(method: "POST", headers: ("Content-Length", length.ToString(System.Globalization.CultureInfo.InvariantCulture)));

        await glass.SendAsync(request);

        Assert.Equal(status, request.Status);
    }

    [Fact]
    public async Task Refuses_whoever_goes_around_the_cdn_where_the_policy_says_so()
    {
        using var glass = new Glass(Edge("\"trustedProxies\": [ \"10.0.0.0/8\" ], \"directAccess\": \"refuse\""));
        using var direct = await glass.GetAsync(from: Stranger, headers: ("X-Forwarded-For", Cdn));
        using var through = await glass.GetAsync(from: Cdn);

        Assert.Equal((403, 200), (direct.Status, through.Status));
    }

    [Fact]
    public void Gives_no_stranger_a_client_of_his_choice_in_200_000_random_headers()
    {
        using var glass = new Glass(Trusting);
        string[] names = ["X-Forwarded-For", "x_forwarded_for", "Forwarded", "X-Real-IP", "CF-Connecting-IP", "Connection", "Cookie", "X-Foo"];
        string[] values = ["10.0.0.1", "6.6.6.6", "for=6.6.6.6", "[", "unknown", "", ",", "X-Forwarded-For", "6.6.6.6,10.0.0.1", "fe80::1%1", "\u00e9", "close"];
        var random = new Random(3);
        var passage = new Passage(1);
        var trust = glass.Store.Current.Trust;
        using var request = new TestContext(from: Stranger);
        for (var i = 0; i < 200_000; i++)
        {
            var headers = request.Http.Request.Headers;
            headers.Clear();
            headers.Host = "shop.example";
            for (var n = random.Next(4); n >= 0; n--)
            {
                var name = names[random.Next(names.Length)];
                headers[name] = Microsoft.Extensions.Primitives.StringValues.Concat(headers[name], values[random.Next(values.Length)]);
            }

            passage.Begin(request.Http, glass.Store.Current, i);
            Assert.True(trust.Layer.Decide(passage, trust, i).Kind is VerdictKind.Admit or VerdictKind.Refuse);
            Assert.Equal(Stranger, passage.Client.Text);
            Assert.DoesNotContain("X-Forwarded-For", Kept(passage), StringComparer.OrdinalIgnoreCase);
            passage.End();
        }
    }

    /// <summary>
    /// What Trust allocates with DefaultHttpContext is the enumerator of its headers, boxed behind the interface (Kestrel's own costs one
    /// too): at most 128 bytes a request, whatever the number of headers. A list is made only where something has to be dropped.
    /// </summary>
    [Fact]
    public void Allocates_no_more_than_the_enumerator_of_the_headers()
    {
        using var glass = new Glass(Trusting);
        using var request = new TestContext(headers: [("Accept", "*/*"), ("User-Agent", "x"), ("Cookie", "a=b"), ("Accept-Language", "de"), ("traceparent", "x")]);
        var passage = glass.Enter(request);
        var trust = glass.Store.Current.Trust;

        Assert.InRange(Allocated.Per(() =>
        {
            passage.Kept.Clear();
            Assert.True(trust.Layer.Decide(passage, trust, 1).Admitted);
        }), 0, 128);
    }

    private static string[] Kept(Passage passage) =>
        [.. Enumerable.Range(0, passage.Kept.Count).Select(i => passage.Kept[i].Key)];
}
