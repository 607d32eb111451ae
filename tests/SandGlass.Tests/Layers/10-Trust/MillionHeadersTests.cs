using System.Net;
using Microsoft.Extensions.Primitives;
using SandGlass.Layers.Trust;
using SandGlass.Request;
using SandGlass.Testing;
using Xunit;
using IPNetwork = System.Net.IPNetwork;
using TestContext = SandGlass.Testing.TestContext;

namespace SandGlass.Tests.Layers.Trust;

/// <summary>A million random headers, seeded: the client is never somebody whom an untrusted peer has chosen.</summary>
public sealed class MillionHeadersTests
{
    private const int Chunks = 20;
    private const int PerChunk = 50_000;

    private static readonly IPNetwork[] Networks = [IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("2001:db8:cd::/48")];
    private static readonly CidrSet Trusted = new(Networks);
    private static readonly IPAddress Peer = IPAddress.Parse("10.0.0.1");

    [Fact]
    public void Finds_the_client_that_the_slow_reference_finds_and_none_that_a_client_has_written_before_a_proxy() =>
        Parallel.For(0, Chunks, static chunk =>
        {
            var dice = new HeaderDice(1_000 + chunk);
            var peer = ClientAddress.From(Peer);
            for (var i = 0; i < PerChunk; i++)
            {
                var forwarded = dice.Chance(2);
                var header = forwarded ? "Forwarded" : "X-Forwarded-For";
                var text = dice.List(forwarded);
                text = dice.Chance(2) ? dice.Broken(text) : text;
                string[] lines = dice.Chance(4) ? [text, dice.List(forwarded)] : [text];
                var found = ClientDerivation.Derive(header, new StringValues(lines), peer, Trusted);
                var expected = ClientAddress.From(SlowDerivation.Derive(forwarded, lines, Peer, Networks));
                Assert.True((found.Bits, found.IsV6) == (expected.Bits, expected.IsV6), $"{header}: {string.Join(" | ", lines)}: {found.Text} instead of {expected.Text}");

                // A proxy appends who it saw: whatever stands to the left of that, its word decides.
                var stranger = dice.Stranger();
                var seen = ClientDerivation.Derive(header, $"{text}, {dice.Hop(forwarded, stranger)}", peer, Trusted);
                Assert.True(ClientAddress.TryParse(stranger, out var told) && told.Bits == seen.Bits, $"{header}: {text} + {stranger}: {seen.Text}");
            }
        });

    [Fact]
    public void Takes_the_peer_for_the_client_whatever_a_stranger_sends()
    {
        using var glass = new Glass(Policies.With(sections: """
            "edge": { "trustedProxies": [ "10.0.0.0/8" ], "clientIpHeaders": [ "X-Forwarded-For", "Forwarded", "CF-Connecting-IP", "True-Client-IP", "X-Real-IP" ] }
            """));
        string[] names = ["X-Forwarded-For", "X_Forwarded_For", "Forwarded", "CF-Connecting-IP", "True-Client-IP", "X-Real-IP"];
        var policy = glass.Store.Current;
        Parallel.For(0, Chunks, chunk =>
        {
            var dice = new HeaderDice(2_000 + chunk);
            var passage = new Passage(1);
            using var request = new TestContext(from: "198.51.100.7");
            var headers = request.Http.Request.Headers;
            for (var i = 0; i < PerChunk / 10; i++)
            {
                headers.Clear();
                headers.Host = "shop.example";
                var name = names[i % names.Length];
                headers[name] = dice.Broken(dice.List(name == "Forwarded"));

                passage.Begin(request.Http, policy, i);
                policy.Trust.Layer.Decide(passage, policy.Trust, i);
                Assert.Equal(("198.51.100.7", false), (passage.Client.Text, passage.FromTrustedProxy));
                Assert.False(headers.ContainsKey(name));
                passage.End();
            }
        });
    }
}
