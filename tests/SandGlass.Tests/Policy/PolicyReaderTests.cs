using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using SandGlass.Policy;
using Xunit;

namespace SandGlass.Tests.Policy;

public sealed class PolicyReaderTests
{
    private static readonly byte[] _demo = File.ReadAllBytes(Path.Combine(Repository.Config, "policy.json"));

    private static PolicyReading Read(byte[] bytes) => PolicyReader.Read(bytes, "policy.json", Repository.Config, Repository.Day);

    /// <summary>Whatever went in: a policy, or at least one error that has a place in the file.</summary>
    private static PolicyReading Sound(byte[] bytes)
    {
        PolicyReading reading = Read(bytes);
        Assert.Equal(reading.Valid, reading.Problems.All(one => one.Severity == Severity.Warning));
        Assert.True(reading.Valid == reading.Policy is not null);
        Assert.All(reading.Problems, one => Assert.True(one is { Line: > 0, Column: > 0, Message.Length: > 0 }, one.ToString()));
        Assert.DoesNotContain(new PolicyReport("policy.json", bytes).Render(reading.Problems), one => one.Any(c => char.IsControl(c) && c != '\n'));
        return reading;
    }

    [Theory]
    [InlineData("config/policy.json")]
    [InlineData("config/examples/minimal.json")]
    [InlineData("tests/SandGlass.Tests/Policy/example.json")]
    public void What_we_ship_is_valid(string path)
    {
        PolicyReading reading = Read(File.ReadAllBytes(Path.Combine(Repository.Root, path)));

        Assert.DoesNotContain(reading.Problems, one => one.Severity == Severity.Error);
        Assert.NotNull(reading.Policy);
        Assert.DoesNotContain(reading.Problems, one => path.StartsWith("config", StringComparison.Ordinal) && one.Rule != "SG2090");
    }

    [Fact]
    public void Five_mistakes_are_told_at_once_and_in_order()
    {
        PolicyReading reading = Read("""
            {
              "naem": "x",
              "backends": { "marketing": { "destinations": { "a": "http://127.0.0.1:7001" }, "loadBalancing": "best" } },
              "routes": {
                "order": { "chain": "marketing", "match": { "path": "/api/orders" }, "tiemout": "3s", "timeout": 3 },
                "pay": { "chain": "marketing", "match": { "path": "/api/pay" }, "fallback": "bussy" }
              },
              "fallbacks": { "busy": { "body": "busy" } }
            }
            """u8.ToArray());

        Assert.Null(reading.Policy);
        Assert.Equal(
            [
                ("SG1012", "/naem", 2), ("SG1017", "/backends/marketing/loadBalancing", 3), ("SG1012", "/routes/order/tiemout", 5),
                ("SG1015", "/routes/order/timeout", 5), ("SG1104", "/routes/pay/fallback", 6),
            ],
            reading.Problems.Where(one => one.Severity == Severity.Error).Select(one => (one.Rule, one.Pointer, one.Line)));
        Assert.Contains("did you mean \"name\"?", reading.Problems[0].Message, StringComparison.Ordinal);
        Assert.Contains(reading.Problems, one => one.Message.Contains("did you mean \"busy\"?", StringComparison.Ordinal));
    }

    [Fact]
    public void A_byte_order_mark_is_no_column_and_part_of_the_revision()
    {
        PolicyReading reading = Read([0xEF, 0xBB, 0xBF, .. "{ \"x\": 1 }"u8]);

        Assert.Equal((1, 3), reading.Problems.Where(one => one.Rule == "SG1012").Select(one => (one.Line, one.Column)).Single());
        Assert.True(Read([0xEF, 0xBB, 0xBF, .. _demo]).Valid);
        Assert.NotEqual(Read(_demo).Revision, Read([0xEF, 0xBB, 0xBF, .. _demo]).Revision);
        Assert.Matches("^[0-9a-f]{12}$", Read(_demo).Revision);
    }

    [Fact]
    public void Other_encodings_are_told()
    {
        Assert.Equal("SG1002", Assert.Single(Sound(Encoding.Unicode.GetBytes("{}")).Problems).Rule);
        Assert.Equal("SG1002", Assert.Single(Sound([.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("{}")]).Problems).Rule);
        Assert.Equal("SG1002", Assert.Single(Sound([.. Encoding.BigEndianUnicode.Preamble, .. Encoding.BigEndianUnicode.GetBytes("{}")]).Problems).Rule);
        PolicyProblem latin = Assert.Single(Sound([.. "{\n \"n"u8, 0xE4, .. "\": 1 }"u8]).Problems);
        Assert.Equal(("SG1002", 2, 4), (latin.Rule, latin.Line, latin.Column));
    }

    [Fact]
    public void A_file_that_is_too_large_is_not_read()
    {
        byte[] large = new byte[50 << 20];
        Array.Fill(large, (byte)' ');

        Assert.Equal("SG1004", Assert.Single(Sound(large).Problems).Rule);
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{\"a\":")]
    [InlineData("{\"fallbacks\":{\"f\":{\"json\":[")]
    public void Hostile_depth_is_told(string opening)
    {
        Assert.Contains(Sound(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(opening, 100_000)))).Problems, one => one.Rule == "SG1005");
    }

    [Fact]
    public void Lone_surrogates_are_told_in_keys_and_values()
    {
        PolicyReading reading = Sound("""{ "\udc00": "\ud800", "name": "\ud800x" }"""u8.ToArray());

        Assert.Equal(3, reading.Problems.Count(one => one.Rule == "SG1006"));
    }

    [Fact]
    public void A_hostile_number_of_errors_makes_no_hostile_report()
    {
        string keys = string.Join(',', Enumerable.Range(0, 200_000).Select(i => $"\"key{i}\":1"));
        PolicyReading reading = Sound(Encoding.ASCII.GetBytes($"{{{keys}}}"));

        Assert.Equal("SG1099", reading.Problems[^1].Rule);
        Assert.True(reading.Problems.Count <= 1_001);
    }

    [Fact]
    public void Sizes_that_would_make_reading_slow_are_told()
    {
        string manyParameters = "/" + string.Join('/', Enumerable.Range(0, 200_000).Select(i => $"{{a{i}}}"));
        string manyLimits = string.Join(',', Enumerable.Repeat("\"nope\"", 100_000));

        Assert.Equal("SG1202", Assert.Single(PolicyCase.Read(PolicyCase.Match($"{{ \"path\": \"{manyParameters}\" }}")).Problems).Rule);
        Assert.Equal("SG1016", Assert.Single(PolicyCase.Read(PolicyCase.Route($"\"rateLimits\": [ {manyLimits} ]")).Problems).Rule);
        Assert.Equal("SG1019", Assert.Single(PolicyCase.Read($"{{ \"{new string('k', 2_000_000)}\": {{ \"x\": 1, \"y\": 1 }} }}").Problems).Rule);
    }

    [Fact]
    public void Strange_hosts_are_valid_or_told()
    {
        var random = new Random(11);
        for (int i = 0; i < 5_000; i++)
        {
            string host = string.Concat(Enumerable.Range(0, random.Next(1, 8)).Select(_ => char.ConvertFromUtf32(random.Next(0x21, 0xD7FF))));
            string text = System.Text.Json.JsonSerializer.Serialize($"http://{host}/");
            PolicyCase.Read(PolicyCase.Root("").Replace("\"http://127.0.0.1:7001\"", text, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Chains_are_laid_over_the_four_of_a_shop()
    {
        GatewayPolicy policy = PolicyCase.Read(PolicyCase.Root("\"chains\": { \"marketing\": { \"share\": 0.3 }, \"vip\": {} }")).Policy!;

        Assert.Equal(["transaction", "fulfillment", "marketing", "after-sale", "vip"], policy.Chains.Keys);
        Assert.Equal(ChainPolicy.Defaults["marketing"] with { Share = 0.3 }, policy.Chains["marketing"]);
        Assert.Equal(0.25, ChainPolicy.Defaults["marketing"].Share);
    }

    [Fact]
    public void Values_arrive_where_they_belong()
    {
        GatewayPolicy policy = Read(_demo).Policy!;

        Assert.Equal(["marketing", "transaction", "transaction-dr", "fulfillment", "after-sale"], policy.Backends.Keys);
        Assert.Equal(TimeSpan.FromMilliseconds(800), policy.Routes["product"].Timeout!.Value.Value);
        Assert.Equal(["path", "query:currency"], policy.Routes["product"].Coalesce!.Key!);
        Assert.Equal(["client"], policy.RateLimits["per-client"].Key);
        Assert.Equal(20_000, policy.RateLimits["per-client"].Rate!.Value.PerSecond);
        Assert.Equal(Criticality.Sheddable, policy.Routes["search"].Criticality);
        Assert.Equal(TimeSpan.FromHours(-2), policy.Event!.Phases["warm-up"].Value);
        Assert.Equal("""{"reviews":[]}""", policy.Fallbacks["no-reviews"].Json.ToString());
        Assert.Equal(new Threshold(0.3, true), policy.Alarms["transaction-slow"].Above);
        Assert.Equal(Mode.Enforce, policy.Layers.ModeOf(LayerName.Coalesce));
    }

    [Fact]
    public void Every_field_set_to_nonsense_is_valid_or_told()
    {
        var options = new System.Text.Json.JsonDocumentOptions { CommentHandling = System.Text.Json.JsonCommentHandling.Skip, AllowTrailingCommas = true };
        JsonNode whole = JsonNode.Parse(_demo, null, options)!;
        foreach (string path in Paths(whole, ""))
        {
            foreach (string nonsense in (string[])["null", "\"\"", "[]", "{}", "-1", "1e308", "\"x\""])
            {
                JsonNode copy = whole.DeepClone();
                Set(copy, path, JsonNode.Parse(nonsense));
                PolicyReading reading = Sound(Encoding.UTF8.GetBytes(copy.ToJsonString()));
                Assert.True(nonsense != "null" || !reading.Valid || path.Contains("/json/", StringComparison.Ordinal), path);
            }
        }
    }

    private static IEnumerable<string> Paths(JsonNode? node, string at)
    {
        IEnumerable<(string Key, JsonNode? Value)> children = node switch
        {
            JsonObject members => members.Select(one => (one.Key, one.Value)),
            JsonArray items => items.Select((one, i) => (i.ToString(CultureInfo.InvariantCulture), one)),
            _ => [],
        };
        return children.SelectMany(child => Paths(child.Value, $"{at}/{child.Key}").Prepend($"{at}/{child.Key}"));
    }

    private static void Set(JsonNode root, string path, JsonNode? value)
    {
        string[] keys = path[1..].Split('/');
        JsonNode parent = keys[..^1].Aggregate(root, (node, key) => node is JsonArray items ? items[int.Parse(key, CultureInfo.InvariantCulture)]! : node[key]!);
        if (parent is JsonArray list)
        {
            list[int.Parse(keys[^1], CultureInfo.InvariantCulture)] = value;
        }
        else
        {
            parent[keys[^1]] = value;
        }
    }

    [Fact]
    public void Random_damage_is_valid_or_told()
    {
        var random = new Random(20261111);
        for (int i = 0; i < 3_000; i++)
        {
            byte[] damaged = [.. _demo];
            for (int flips = random.Next(1, 5); flips > 0; flips--)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            Sound(damaged);
        }
    }

    [Fact]
    public void A_file_cut_off_anywhere_is_told()
    {
        for (int length = 0; length < _demo.Length - 2; length += 50)
        {
            Assert.False(Sound(_demo[..length]).Valid);
        }
    }

    [Fact]
    public void Ten_thousand_routes_are_read()
    {
        Assert.Equal(10_000, Read(ManyRoutes(10_000)).Policy!.Routes.Count);
    }

    internal static byte[] ManyRoutes(int count)
    {
        var text = new StringBuilder("""{ "backends": { "marketing": { "destinations": { "a": "http://127.0.0.1:7001" } } }, "rateLimits": { "l": { "rate": "5/s", "key": "path:id" } }, "fallbacks": { "busy": { "body": "" } }, "routes": {""");
        for (int i = 0; i < count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $$"""
                {{(i > 0 ? "," : "")}}
                "route-{{i}}": { "chain": "marketing", "match": { "path": "/api/r{{i}}/{id}", "methods": [ "GET", "POST" ] }, "timeout": "800ms", "rateLimits": [ "l" ], "coalesce": { "ttl": "1s", "key": [ "path" ] }, "fallback": "busy", "retry": {} }
                """);
        }

        return Encoding.UTF8.GetBytes(text.Append("} }").ToString());
    }
}
