using Xunit;
using static SandGlass.Tests.Policy.PolicyCase;

namespace SandGlass.Tests.Policy;

/// <summary>Routes, backends, chains, plans, alarms, fleet: references and meaning.</summary>
public sealed class MeaningCasesTests
{
    private const string Switch = "\"switches\": { \"s\": { \"routes\": [ \"r\" ], \"do\": { \"admit\": 1 } } }";

    private static string Backend(string keys) => Root("").Replace(
        "{ \"destinations\": { \"a\": \"http://127.0.0.1:7001\" } }", $"{{ \"destinations\": {{ \"a\": \"http://127.0.0.1:7001\" }}, {keys} }}", StringComparison.Ordinal);

    private static string Failover(string keys) => Backend(keys).Replace(
        "\"backends\": {", "\"backends\": { \"dr\": { \"destinations\": { \"a\": \"http://127.0.0.1:1\" } },", StringComparison.Ordinal);

    private static string Url(string url) => Root("").Replace("\"http://127.0.0.1:7001\"", $"§\"{url}\"", StringComparison.Ordinal);

    private static string Plan(string keys) => Root($"{Switch}, \"plans\": {{ \"p\": {{ \"steps\": [ {{ \"switch\": \"s\" }} ], {keys} }} }}");

    private static string Alarm(string keys) => Root($"\"alarms\": {{ §\"a\": {{ \"metric\": \"cpu\"{keys} }} }}");

    private static string Webhook(string keys) =>
        Root($"\"alarmWebhook\": {{ {keys} }}, \"alarms\": {{ \"a\": {{ \"metric\": \"cpu\", \"above\": 0.5 }} }}");

    private static string Two(string first, string second) => $$"""
        {
          "backends": { "marketing": { "destinations": { "a": "http://127.0.0.1:7001" } } },
          "routes": {
            "one": { "chain": "marketing", "match": { {{first}} } },
            "two": { "chain": "marketing", "match": { {{second}} } }
          }
        }
        """;

    public static TheoryData<string, string, string> Cases { get; } = new()
    {
        { "SG1101", "/routes/r/chain", Root("").Replace("\"chain\": \"marketing\"", "\"chain\": §\"marketin\"", StringComparison.Ordinal) },
        { "SG1101", "/event/goals/vip", Root("\"event\": { \"start\": \"2026-11-11T00:00:00+08:00\", \"goals\": { §\"vip\": {} } }") },
        { "SG1101", "/alarms/a/chain", Root("\"alarms\": { \"a\": { \"metric\": \"errors\", \"above\": 0.5, \"chain\": §\"vip\" } }") },
        { "SG1102", "/routes/r/backend", Route("\"backend\": §\"nope\"") },
        { "SG1102", "/routes/r", Root("").Replace("\"r\": { \"chain\": \"marketing\"", "§\"r\": { \"chain\": \"transaction\"", StringComparison.Ordinal) },
        { "SG1102", "/backends/marketing/failover", Backend("\"failover\": §\"nope\"") },
        { "SG1103", "/routes/r/rateLimits/0", Route("\"rateLimits\": [ §\"nope\" ]") },
        { "SG1104", "/routes/r/fallback", Route("\"fallback\": §\"nope\"") },
        { "SG1104", "/routes/r/answer", Route("\"answer\": §\"nope\"") },
        { "SG1106", "/plans/p/steps/0/switch", Root("\"plans\": { \"p\": { \"steps\": [ { \"switch\": §\"nope\" } ] } }") },
        { "SG1107", "/plans/p/when/phase", Plan("\"when\": { \"phase\": §\"peak\" }") },
        { "SG1108", "/plans/p/when/alarm", Plan("\"when\": { \"alarm\": §\"nope\" }") },
        { "SG1108", "/plans/p/needs/quiet/0", Plan("\"needs\": { \"quiet\": [ §\"nope\" ] }") },
        { "SG1102", "/plans/p/needs/healthy/0", Plan("\"needs\": { \"healthy\": [ §\"nope\" ] }") },
        { "SG2007", "/plans/p/needs/quiet/0", Plan("\"when\": { \"alarm\": \"a\" }, \"needs\": { \"quiet\": [ §\"a\" ] }").Replace("\"plans\"", "\"alarms\": { \"a\": { \"metric\": \"cpu\", \"above\": 0.5 } }, \"plans\"", StringComparison.Ordinal) },
        { "SG2090", "/event/goals", Root("\"event\": { \"start\": \"2026-11-11T00:00:00+08:00\", §\"goals\": { \"marketing\": { \"p99\": \"1s\" } } }") },
        { "SG1109", "/backends/marketing/failover", Backend("\"failover\": §\"marketing\"") },
        { "SG1111", "/routes/r/rateLimits/0", Root("\"rateLimits\": { \"l\": { \"rate\": \"1/s\", \"key\": \"path:sku\" } }", "\"rateLimits\": [ §\"l\" ]") },
        { "SG1111", "/routes/r/coalesce/key", Route("\"coalesce\": { \"ttl\": \"1s\", \"key\": §\"path:sku\" }") },
        { "SG1201", "/routes/r/answer", Root("\"fallbacks\": { \"f\": { \"body\": \"\" } }", "\"backend\": \"marketing\", \"answer\": §\"f\"") },
        { "SG1202", "/routes/r/match/path", Match("{ \"path\": §\"r\" }") },
        { "SG1202", "/routes/r/match/path", Match("{ \"path\": §\"/a//b\" }") },
        { "SG1202", "/routes/r/match/path", Match("{ \"path\": §\"/a/\" }") },
        { "SG1202", "/routes/r/match/path", Match("{ \"path\": §\"/a/{}\" }") },
        { "SG1202", "/routes/r/match/path", Match("{ \"path\": §\"/a/{b}/{B}\" }") },
        { "SG1202", "/routes/r/match/path", Match("{ \"path\": §\"/a/{**b}/c\" }") },
        { "SG1202", "/routes/r/match/path", Match("{ \"path\": §\"/a-{b}\" }") },
        { "SG1202", "/routes/r/match/path", Match("{ \"path\": §\"/a?b\" }") },
        { "SG1202", "/routes/r/match/path", Match("{ \"path\": §\"/a#b\" }") },
        { "SG1202", "/routes/r/match/path", Match("{ \"path\": §\"/a%2fb\" }") },
        { "SG1202", "/routes/r/match/path", Match("{ \"path\": §\"/a/../b\" }") },
        { "SG1202", "/routes/r/match/path", Match("{ \"path\": §\"/a/*\" }") },
        { "SG1202", "/routes/r/match/path", Match("{ \"path\": §\"/a\\\\b\" }") },
        { "SG1203", "/routes/two/match/path", Two("\"path\": \"/a/{x}\"", "\"path\": §\"/A/{y}\"") },
        { "SG1203", "/routes/two/match/path", Two("\"path\": \"/a\", \"methods\": [ \"GET\", \"POST\" ]", "\"path\": §\"/a\", \"methods\": [ \"PUT\", \"POST\" ]") },
        { "SG1203", "/routes/two/match/path", Two("\"path\": \"/a\", \"hosts\": [ \"x.de\", \"y.de\" ]", "\"path\": §\"/a\", \"hosts\": [ \"Y.de\" ]") },
        { "SG1204", "/routes/r/match/methods/1", Match("{ \"path\": \"/r\", \"methods\": [ \"GET\", §\"post\" ] }") },
        { "SG1204", "/routes/r/match/methods/0", Match("{ \"path\": \"/r\", \"methods\": [ §\"TRACE\" ] }") },
        { "SG1204", "/routes/r/match/methods/0", Match("{ \"path\": \"/r\", \"methods\": [ §\"GE T\" ] }") },
        { "SG1205", "/routes/r/match/hosts/0", Match("{ \"path\": \"/r\", \"hosts\": [ §\"shop.de:80\" ] }") },
        { "SG1205", "/edge/hosts/1", Root("\"edge\": { \"hosts\": [ \"*.shop.de\", §\"https://shop.de\" ] }") },
        { "SG1207", "/backends/marketing/destinations/a", Url("127.0.0.1:7001") },
        { "SG1207", "/backends/marketing/destinations/a", Url("/local") },
        { "SG1207", "/backends/marketing/destinations/a", Url("ftp://files") },
        { "SG1207", "/backends/marketing/destinations/a", Url("http://") },
        { "SG1207", "/backends/marketing/destinations/a", Url("http://u:p@host") },
        { "SG1207", "/backends/marketing/destinations/a", Url("http://host/?q") },
        { "SG1207", "/backends/marketing/destinations/a", Url("http://läden.example/") },
        { "SG1208", "/backends/marketing/destinations/a", Url("http://[fe80::1%25eth0]/") },
        { "SG1208", "/backends/marketing/destinations/a", Url("http://169.254.169.254/latest") },
        { "SG1208", "/backends/marketing/destinations/a", Url("http://2852039166/") },
        { "SG1208", "/backends/marketing/destinations/a", Url("http://0xa9.0xfe.0xa9.0xfe/") },
        { "SG1208", "/backends/marketing/destinations/a", Url("http://[fe80::1]/") },
        { "SG1208", "/backends/marketing/destinations/a", Url("http://[::ffff:169.254.169.254]/") },
        { "SG1208", "/backends/marketing/destinations/a", Url("http://[fd00:ec2::254]/") },
        { "SG1208", "/backends/marketing/destinations/a", Url("h2c://metadata.google.internal/") },
        { "SG1217", "/backends/marketing/concurrency", Backend("§\"concurrency\": { \"min\": 9, \"max\": 8 }") },
        { "SG1217", "/backends/marketing/concurrency", Backend("§\"concurrency\": { \"initial\": 9, \"max\": 8 }") },
        { "SG1217", "/backends/marketing/health", Backend("§\"health\": { \"interval\": \"1s\", \"timeout\": \"2s\" }") },
        { "SG1218", "/backends/marketing/health/path", Backend("\"health\": { \"path\": §\"healthz\" }") },
        { "SG1220", "/alarms/a", Alarm("") },
        { "SG1220", "/alarms/a", Alarm(", \"above\": 0.5, \"below\": 0.1") },
        { "SG1015", "/alarms/a/above", Root("\"alarms\": { \"a\": { \"metric\": \"cpu\", \"above\": §\"1s\" } }") },
        { "SG1015", "/alarms/a/above", Root("\"alarms\": { \"a\": { \"metric\": \"latency.p99\", \"above\": §300 } }") },
        { "SG1016", "/alarms/a/below", Root("\"alarms\": { \"a\": { \"metric\": \"availability\", \"below\": §99.9 } }") },
        { "SG1015", "/alarms/a/above", Root("\"alarms\": { \"a\": { \"metric\": \"queue\", \"above\": §\"1s\" } }") },
        { "SG1015", "/alarms/a/clear", Root("\"alarms\": { \"a\": { \"metric\": \"latency.p50\", \"above\": \"1s\", \"clear\": §0.5 } }") },
        { "SG1016", "/alarms/a/above", Root("\"alarms\": { \"a\": { \"metric\": \"queue\", \"above\": §-1 } }") },
        { "SG1017", "/alarms/a/metric", Root("\"alarms\": { \"a\": { \"metric\": §\"latency.p98\", \"above\": \"1s\" } }") },
        { "SG1217", "/alarms/a/clear", Root("\"alarms\": { \"a\": { \"metric\": \"cpu\", \"above\": 0.5, \"clear\": §0.6 } }") },
        { "SG1217", "/alarms/a/clear", Root("\"alarms\": { \"a\": { \"metric\": \"availability\", \"below\": 0.9, \"clear\": §0.8 } }") },
        { "SG2007", "/alarms/a/chain", Root("\"alarms\": { \"a\": { \"metric\": \"cpu\", \"above\": 0.5, \"chain\": §\"marketing\" } }") },
        { "SG2007", "/alarms/a", Root("\"alarms\": { §\"a\": { \"metric\": \"errors\", \"above\": 0.5, \"chain\": \"transaction\" } }") },
        { "SG2007", "/alarms/a/metric", Root("\"alarms\": { \"a\": { \"metric\": §\"hotKey.share\", \"above\": 0.5 } }") },
        { "SG1207", "/alarmWebhook/url", Webhook("\"url\": §\"pager.example/hook\"") },
        { "SG1208", "/alarmWebhook/url", Webhook("\"url\": §\"http://169.254.169.254/\"") },
        { "SG1210", "/alarmWebhook/url", Webhook("\"url\": §\"https://u:p@pager.example/\"") },
        { "SG1210", "/alarmWebhook/url", Webhook("\"url\": §\"https://pager.example/?key=1\"") },
        { "SG1210", "/alarmWebhook/token", Webhook("\"url\": \"https://pager.example/\", \"token\": §\"geheim\"") },
        { "SG2001", "/alarmWebhook/url", Webhook("\"url\": §\"env:SANDGLASS_NO_SUCH\"") },
        { "SG2007", "/alarmWebhook", Root("§\"alarmWebhook\": { \"url\": \"https://pager.example/\" }") },
        { "SG1221", "/plans/p/when", Plan("§\"when\": {}") },
        { "SG1222", "/routes/r/answer", Root("\"fallbacks\": { \"f\": { \"lastGood\": \"1m\", \"else\": \"g\" }, \"g\": { \"body\": \"\" } }", "\"answer\": §\"f\"") },
        { "SG1223", "/fleet/redis", Root("\"fleet\": { \"redis\": §\"[::1]:6379\" }") },
        { "SG1223", "/fleet/redis", Root("\"fleet\": { \"redis\": §\"localhost,user=me\" }") },
        { "SG1223", "/fleet/name", Root("\"fleet\": { \"redis\": \"localhost\", \"name\": §\"a b\" }") },
        { "SG1210", "/fleet/redis", Root("\"fleet\": { \"redis\": §\"localhost,password=geheim\" }") },
        { "SG2002", "/chains", Root("§\"chains\": { \"marketing\": { \"share\": 0.9 }, \"vip\": { \"share\": 0.2 } }").Replace("\"r\": {", "\"v\": { \"chain\": \"vip\", \"backend\": \"marketing\", \"timeout\": \"1s\", \"match\": { \"path\": \"/v\" } }, \"r\": {", StringComparison.Ordinal) },
        { "SG2003", "/routes/r", Root("").Replace("\"r\": { ", "§\"r\": { \"criticality\": \"critical\", ", StringComparison.Ordinal) },
        { "SG2004", "/fallbacks/f", Root("\"fallbacks\": { §\"f\": { \"body\": \"\" } }") },
        { "SG2004", "/rateLimits/l", Root("\"rateLimits\": { §\"l\": { \"rate\": \"1/s\" } }") },
        { "SG2006", "/routes/r/match/hosts", Root("\"edge\": { \"hosts\": [ \"*.shop.de\" ] }", "", "{ \"path\": \"/r\", §\"hosts\": [ \"shop.com\" ] }") },
        { "SG1014", "/plans/p", Root("\"plans\": { §\"p\": { \"owner\": \"sre\" } }") },
        { "SG1018", "/plans/p/steps", Root("\"plans\": { \"p\": { §\"steps\": [] } }") },
        { "SG1018", "/plans/p/steps/0/switch", Root("\"plans\": { \"p\": { \"steps\": [ { \"switch\": §\"\" } ] } }") },
        { "SG2007", "/plans/p/steps/0/switch", Plan("\"owner\": \"sre\"").Replace("\"do\":", "\"mode\": \"off\", \"do\":", StringComparison.Ordinal).Replace("\"switch\": \"s\"", "\"switch\": §\"s\"", StringComparison.Ordinal) },
        { "SG2007", "/plans/p/auto", Plan("\"auto\": §true") },
        { "SG2007", "/routes/r/coalesce", Root("", "§\"coalesce\": { \"ttl\": \"1s\" }", "{ \"path\": \"/r\", \"methods\": [ \"POST\" ] }") },
        { "SG2008", "/layers/trust/mode", Root("\"layers\": { \"trust\": { \"mode\": §\"shadow\" } }") },
        { "SG2009", "/chains/marketing/share", Chains("\"share\": §0", "\"share\": 1, \"lend\": 0") },
        { "SG2009", "/chains/marketing/share", Chains("\"share\": §0", "\"share\": 0.9999, \"lend\": 0") },
        { "SG2009", "/chains/vip/share", Chains("\"share\": 1, \"lend\": 0", "§\"lend\": 1").Replace("§\"lend\"", "\"lend\"", StringComparison.Ordinal).Replace("\"vip\": {", "§\"vip\": {", StringComparison.Ordinal) },
        { "SG2090", "/rateLimits/l/scope", Root("\"rateLimits\": { \"l\": { \"rate\": \"1/s\", \"algorithm\": \"paced\", \"scope\": §\"fleet\" } }", "\"rateLimits\": [ \"l\" ]") },
        { "SG2007", "/backends/marketing/failover", Failover("\"failover\": §\"dr\"") },
        { "SG2007", "/backends/marketing/failover", Failover("\"ejection\": { \"maxEjected\": 0.9 }, \"failover\": §\"dr\"") },
        { "SG2007", "/routes/r/retry", Route("§\"retry\": {}") },
        { "SG2007", "/routes/r/retry", Root("", "§\"retry\": {}", "{ \"path\": \"/r\", \"methods\": [ \"POST\", \"PATCH\" ] }") },
        { "SG2007", "/routes/r/hedge", Root("", "§\"hedge\": { \"after\": \"50ms\" }", "{ \"path\": \"/r\", \"methods\": [ \"GET\" ] }") },
        { "SG2007", "/routes/r/hedge/after", Failover("\"health\": {}, \"failover\": \"dr\"").Replace("\"match\": { ", "\"timeout\": \"50ms\", \"hedge\": { \"after\": §\"50ms\" }, \"match\": { \"methods\": [ \"GET\", \"HEAD\" ], ", StringComparison.Ordinal) },
        { "SG1224", "/routes/r/hedge", Route("§\"hedge\": { \"after\": \"50ms\" }") },
        { "SG1224", "/routes/r/hedge", Root("", "§\"hedge\": { \"after\": \"50ms\" }", "{ \"path\": \"/r\", \"methods\": [ \"GET\", \"PUT\" ] }") },
        { "SG1014", "/routes/r/hedge", Root("", "§\"hedge\": {}", "{ \"path\": \"/r\", \"methods\": [ \"GET\" ] }") },
        { "SG1211", "/shedding/retryHeader", Root("\"shedding\": { \"retryHeader\": §\"a b\" }") },
        { "SG1211", "/shedding/criticalityHeader", Root("\"shedding\": { \"criticalityHeader\": §\"a:b\" }") },
        { "SG1211", "/shedding/criticalityHeader", Root("\"shedding\": { \"criticalityHeader\": §\"X-SandGlass-Criticality\" }") },
        { "SG1211", "/shedding/retryHeader", Root("\"shedding\": { \"retryHeader\": §\"x_forwarded_attempt\" }") },
        { "SG1211", "/shedding/criticalityHeader", Root("\"shedding\": { \"criticalityHeader\": §\"X-Auth-Request-Groups\" }") },
        { "SG1211", "/shedding/criticalityHeader", Root("\"shedding\": { \"criticalityHeader\": §\"remote_user\" }") },
        { "SG1211", "/shedding/criticalityHeader", Root("\"edge\": { \"clientIpHeaders\": [ \"CDN-Client\" ] }, \"shedding\": { \"criticalityHeader\": §\"cdn_client\" }") },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Is_told_with_its_place(string rule, string pointer, string marked) => Holds(rule, pointer, marked);

    [Fact]
    public void A_chain_has_room_where_it_has_a_share_or_others_leave_some()
    {
        Assert.DoesNotContain(Read(Chains("\"share\": 0.001", "\"share\": 0.999, \"lend\": 0")).Problems, one => one.Rule == "SG2009");
        Assert.DoesNotContain(Read(Chains("\"share\": 0", "\"share\": 1, \"lend\": 0.01")).Problems, one => one.Rule == "SG2009");
        Assert.DoesNotContain(Read(Chains("\"share\": 0", "\"share\": 0.5, \"lend\": 0")).Problems, one => one.Rule == "SG2009");
        // Shares above a whole are scaled to it.
        Assert.DoesNotContain(Read(Chains("\"share\": 0.5", "\"share\": 1, \"lend\": 0")).Problems, one => one.Rule == "SG2009");
        // What others keep of backends of their own is no loss, and an answer asks nobody.
        Assert.DoesNotContain(Read(Root("\"chains\": { \"transaction\": { \"share\": 1, \"lend\": 0 } }")).Problems, one => one.Rule == "SG2009");
        Assert.DoesNotContain(
            Read(Chains("\"share\": 0", "\"share\": 1, \"lend\": 0").Replace("\"r\": { \"chain\": \"marketing\"", "\"r\": { \"chain\": \"marketing\", \"answer\": \"f\"", StringComparison.Ordinal)
                .Replace("\"routes\"", "\"fallbacks\": { \"f\": { \"body\": \"\" } }, \"routes\"", StringComparison.Ordinal)).Problems,
            one => one.Rule == "SG2009");
    }

    [Fact]
    public void A_chain_without_room_is_told_with_its_routes() => Assert.Equal(
        "the other chains that ask the backend \"marketing\" keep all of it but 0 of 4,096 requests at once, so while they are idle nothing of r is let through; give the chain \"marketing\" a share, or let another one lend",
        Read(Chains("\"share\": 0", "\"share\": 1, \"lend\": 0")).Problems.Single(one => one.Rule == "SG2009").Message);

    // Two chains before one backend of at most 4096 at once.
    private static string Chains(string marketing, string vip) => Root($"\"chains\": {{ \"marketing\": {{ {marketing} }}, \"vip\": {{ {vip} }} }}")
        .Replace("\"r\": {", "\"v\": { \"chain\": \"vip\", \"backend\": \"marketing\", \"timeout\": \"1s\", \"match\": { \"path\": \"/v\" } }, \"r\": {", StringComparison.Ordinal);

    [Fact]
    public void A_specific_method_or_host_does_not_clash_with_any()
    {
        Assert.True(Read(Two("\"path\": \"/a\"", "\"path\": \"/a\", \"methods\": [ \"GET\" ]")).Valid);
        Assert.True(Read(Two("\"path\": \"/a\"", "\"path\": \"/a\", \"hosts\": [ \"x.de\" ]")).Valid);
        Assert.True(Read(Two("\"path\": \"/a/{**rest}\"", "\"path\": \"/a/{rest}\"")).Valid);
    }

    [Theory]
    [InlineData("http://127.0.0.1:7001/base")]
    [InlineData("https://shop.internal")]
    [InlineData("h2c://[::1]:7001")]
    public void A_destination_may_be(string url) => Assert.True(Read(Url(url).Replace("§", "", StringComparison.Ordinal)).Valid);
}
