using Xunit;
using static SandGlass.Tests.Policy.PolicyCase;

namespace SandGlass.Tests.Layers.Trust;

public sealed class EdgeValidatorTests
{
    private static string Proxy(string entry) => Root($"\"edge\": {{ \"trustedProxies\": [ \"::1\", {entry} ] }}");

    public static TheoryData<string, string, string> Cases { get; } = new()
    {
        { "SG1110", "/edge/trustedProxies/1", Proxy("§\"file:cdn/nope.txt\"") },
        { "SG1110", "/edge/trustedProxies/1", Proxy("§\"file:\\u0000\"") },
        { "SG1110", "/edge/trustedProxies/1", Proxy("§\"file:fallbacks\"") },
        { "SG1209", "/edge/trustedProxies/1", Proxy("§\"10.0.0.1/8\"") },
        { "SG1209", "/edge/trustedProxies/1", Proxy("§\"10.0.0.0/33\"") },
        { "SG1209", "/edge/trustedProxies/1", Proxy("§\"localhost\"") },
        { "SG1209", "/edge/trustedProxies/1", Proxy("§\"10\"") },
        { "SG1209", "/edge/trustedProxies/1", Proxy("§\"fe80::1%1\"") },
        { "SG1210", "/edge/proof/secret", Root("\"edge\": { \"proof\": { \"secret\": §\"hunter2\" } }") },
        { "SG1211", "/edge/proof/header", Root("\"edge\": { \"proof\": { \"header\": §\"X Proof\", \"secret\": \"env:PATH\" } }") },
        { "SG1211", "/edge/clientIpHeaders/0", Root("\"edge\": { \"clientIpHeaders\": [ §\"X-Forwarded-For:\" ] }") },
        { "SG2001", "/edge/proof/secret", Root("\"edge\": { \"proof\": { \"secret\": §\"env:SANDGLASS_NEVER_SET\" } }") },
        { "SG2005", "/edge/trustedProxies/1", Proxy("§\"0.0.0.0/0\"") },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Is_told_with_its_place(string rule, string pointer, string marked) => Holds(rule, pointer, marked);

    [Fact]
    public void The_lists_of_CDNs_can_be_read()
    {
        Assert.True(Read(Proxy("\"file:cdn/cloudflare.txt\", \"file:cdn/fastly.txt\"")).Valid);
    }

    [Fact]
    public void A_secret_in_clear_is_not_repeated()
    {
        Assert.DoesNotContain(Read(Root("\"edge\": { \"proof\": { \"secret\": \"hunter2\" } }")).Problems, one => one.Message.Contains("hunter2", StringComparison.Ordinal));
    }

    [Fact]
    public void A_range_with_bits_beyond_its_prefix_is_told_its_right_form()
    {
        Assert.Contains(Read(Proxy("\"10.1.2.3/8\"")).Problems, one => one.Message.Contains("10.0.0.0/8", StringComparison.Ordinal));
    }
}
