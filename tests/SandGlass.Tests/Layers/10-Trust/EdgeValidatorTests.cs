using SandGlass.Layers.Trust;
using SandGlass.Policy;
using SandGlass.Testing;
using SandGlass.Tests.Policy;
using Xunit;
using static SandGlass.Tests.Policy.PolicyCase;

namespace SandGlass.Tests.Layers.Trust;

public sealed class EdgeValidatorTests
{
    private static string Proxy(string entry) => Root($"\"edge\": {{ \"trustedProxies\": [ \"::1\", {entry} ] }}");

    // Beside the tests' program, with a day of long ago.
    private static string OldList { get; } = Written("old.txt", "# Updated 2025-01-31 by hand\n10.0.0.0/8\n");

    private static string Written(string name, string text)
    {
        string path = Path.Combine(TestFolder.New("lists-"), name);
        File.WriteAllText(path, text);
        return path;
    }

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
        { "SG1210", "/edge/proof/secret/1", Root("\"edge\": { \"proof\": { \"secret\": [ \"env:PATH\", §\"hunter2\" ] } }") },
        { "SG1211", "/edge/proof/header", Root("\"edge\": { \"proof\": { \"header\": §\"X Proof\", \"secret\": \"env:PATH\" } }") },
        { "SG1211", "/edge/clientIpHeaders/0", Root("\"edge\": { \"clientIpHeaders\": [ §\"X-Forwarded-For:\" ] }") },
        { "SG2001", "/edge/proof/secret", Root("\"edge\": { \"proof\": { \"secret\": §\"env:SANDGLASS_NEVER_SET\" } }") },
        { "SG2011", "/edge/trustedProxies/1", Proxy($"§\"file:{OldList}\"") },
        { "SG2005", "/edge/trustedProxies/1", Proxy("§\"0.0.0.0/0\"") },
    };

    // Enumerated where they run: the files are of this process.
    [Theory, MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Is_told_with_its_place(string rule, string pointer, string marked) => Holds(rule, pointer, marked);

    [Fact]
    public void The_lists_of_CDNs_can_be_read()
    {
        Assert.True(Read(Proxy("\"file:cdn/cloudflare.txt\", \"file:cdn/fastly.txt\"")).Valid);
    }

    [Theory]
    [InlineData("# updated: 2026-11-20", "2026-11-20")]
    [InlineData("  ## Updated 2026-11-20 (by hand)", "2026-11-20")]
    [InlineData("#DATE:2026-11-20.", "2026-11-20")]
    [InlineData("#\tdate :\t2026-11-20", "2026-11-20")]
    [InlineData("# updated: yesterday", null)]
    [InlineData("# updated: 2026-13-01", null)]
    [InlineData("# updated 20-11-2026", null)]
    [InlineData("# updatedness: 2026-11-20", null)]
    [InlineData("# this was updated: 2026-11-20", null)]
    [InlineData("10.0.0.0/8 # updated: 2026-11-20", null)]
    [InlineData("updated: 2026-11-20", null)]
    [InlineData("#", null)]
    [InlineData("", null)]
    public void A_comment_of_one_form_tells_the_day(string line, string? day) =>
        Assert.Equal(day, NetworkList.DayOf(line)?.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture));

    [Theory]
    [InlineData("# updated: 2026-08-27", null)]
    [InlineData("# updated: 2026-08-26", "91 days ago")]
    [InlineData("# updated: 2025-01-01\n# updated: 2026-11-01\n# date: 2025-02-02", null)]
    [InlineData("# updated: 2026-11-26", null)]
    [InlineData("# updated: 2062-11-20", "days ahead")]
    public void A_list_is_old_after_90_days(string line, string? told)
    {
        var path = Written("list.txt", line + "\n10.0.0.0/8\n");

        Assert.Equal(told is not null, Stale(path) is not null);
        Assert.Contains(told ?? "", Stale(path) ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_that_does_not_tell_is_as_old_as_its_file()
    {
        var path = Written("list.txt", "# ours\n10.0.0.0/8\n");
        File.SetLastWriteTimeUtc(path, new DateTime(2026, 8, 26, 12, 0, 0, DateTimeKind.Utc));

        Assert.Contains("91 days ago; compare it with what the CDN publishes, and add a line", Stale(path), StringComparison.Ordinal);

        File.SetLastWriteTimeUtc(path, new DateTime(2026, 8, 27, 0, 0, 0, DateTimeKind.Utc));
        Assert.Null(Stale(path));
    }

    [Fact]
    public void Our_own_lists_tell_their_day()
    {
        foreach (string name in (string[])["cloudflare", "fastly"])
        {
            Assert.True(TrustedNetworks.Read($"file:cdn/{name}.txt", Repository.Config).SaysSo);
            Assert.Null(Stale($"cdn/{name}.txt"));
        }
    }

    [Fact]
    public void A_file_that_is_no_list_is_told()
    {
        byte[] garbage = new byte[5_000];
        new Random(3).NextBytes(garbage);
        string binary = Written("binary", "");
        File.WriteAllBytes(binary, garbage);
        string large = Written("large", "");
        using (FileStream file = File.OpenWrite(large))
        {
            file.SetLength(20 << 20);
        }

        Assert.Contains("is no address range", Told(binary), StringComparison.Ordinal);
        Assert.DoesNotContain(Told(binary), char.IsControl);
        Assert.Contains("larger than 16 MB", Told(large), StringComparison.Ordinal);
        Assert.Contains("lists no range", Told(Written("empty", "# nothing\n\n")), StringComparison.Ordinal);
        Assert.Contains("cannot be read", Told(Path.GetDirectoryName(large)!), StringComparison.Ordinal);
        Assert.Contains("more than 100,000 lines", Told(Written("long", string.Concat(Enumerable.Repeat("10.0.0.1\n", 100_001)))), StringComparison.Ordinal);
        Assert.True(Read(Proxy($"\"file:{Written("just", string.Concat(Enumerable.Repeat("10.0.0.1\n", 100_000)))}\"")).Valid);
    }

    private static string? Stale(string path) => Read(Proxy($"\"file:{path}\"")).Problems.SingleOrDefault(one => one.Rule == "SG2011")?.Message;

    private static string Told(string path) => Read(Proxy($"\"file:{path}\"")).Problems.First(one => one.Severity == Severity.Error).Message;

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
