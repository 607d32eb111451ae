using System.Text;
using SandGlass.LoadTests.Config;
using SandGlass.LoadTests.Planning;
using SandGlass.Testing;

namespace SandGlass.LoadTests.Tests.Config;

public sealed class ConfigReaderTests
{
    private const string Journey = """ "CustomSettings": { "target": "http://127.0.0.1:8080", "steps": [ { "path": "/" } ] } """;

    private static LoadConfig? Read(string text, out string[] wrong, Uri? target = null)
    {
        var config = ConfigReader.Read(Encoding.UTF8.GetBytes(text), Path.GetTempPath(), target, out var findings);
        wrong = [.. findings.Select(static f => f.Render("c.json"))];
        return config;
    }

    private static string Of(string simulations, string more = "") => $$"""
        { "GlobalSettings": { "ScenariosSettings": [ { "ScenarioName": "s", {{more}}
          "LoadSimulationsSettings": [ {{simulations}} ],
          {{Journey}} } ] } }
        """;

    [Fact]
    public void Reads_all_of_NBombers_simulations()
    {
        var config = Read(
            Of("""
               { "RampingInject": [50, "00:00:01", "00:00:30"] }, { "Inject": [0.5, "00:00:01", "00:00:30"] },
               { "InjectRandom": [1, 2, "00:00:01", "00:00:10"] }, { "Pause": "00:00:05" }, { "Pause": ["00:00:05"] }
               """),
            out var wrong);

        Assert.Empty(wrong);
        var second = TimeSpan.FromSeconds(1);
        Assert.Equal(
            [
                new RampingInject(50, second, 30 * second), new Inject(0.5, second, 30 * second), new InjectRandom(1, 2, second, 10 * second),
                new Pause(5 * second), new Pause(5 * second),
            ],
            config!.Scenarios[0].Simulations);
    }

    [Theory]
    [InlineData("""{ "KeepConstant": [50, "00:00:30"] }, { "RampingConstant": [0, "00:00:30"] }""", 2)]
    [InlineData("""{ "IterationsForConstant": [10, 1000] }""", 1)]
    [InlineData("""{ "IterationsForInject": [10, "00:00:01", 1000] }""", 1)]
    public void Reads_the_closed_ones_and_those_that_stand_alone(string simulations, int count)
    {
        var config = Read(Of(simulations), out var wrong);

        Assert.Empty(wrong);
        Assert.Equal(count, config!.Scenarios[0].Simulations.Count);
    }

    [Theory]
    [InlineData("""{ "Injekt": [50, "00:00:01", "00:00:30"] }""", "did you mean \"Inject\"?")]
    [InlineData("""{ "Inject": [50, "1s", "00:00:30"] }""", "for 1s write \"00:00:01\"")]
    [InlineData("""{ "Inject": [50, "00:00:01", "30"] }""", "for 30 write \"00:00:30\"")]
    [InlineData("""{ "Inject": [50, "00:00:01", 30] }""", "must be a time")]
    [InlineData("""{ "Inject": [50, "00:00:30"] }""", "must be [rate, \"interval\", \"during\"]")]
    [InlineData("""{ "Inject": [50, "00:00:30", "00:00:01"] }""", "the interval is longer")]
    [InlineData("""{ "Inject": [-1, "00:00:01", "00:00:30"] }""", "must be a number from 0 on")]
    [InlineData("""{ "InjectRandom": [3, 2, "00:00:01", "00:00:30"] }""", "below the lowest")]
    [InlineData("""{ "Inject": [1, "00:00:01", "00:00:30"] }, { "KeepConstant": [1, "00:00:30"] }""", "mixes rates (open model) with copies")]
    [InlineData("""{ "IterationsForInject": [1, "00:00:01", 5] }, { "Pause": "00:00:30" }""", "stands alone")]
    [InlineData("""{ "IterationsForInject": [1, "00:00:01", 5.5] }""", "must be a whole number")]
    [InlineData("""{ "Pause": "00:00:30" }""", "nothing but pauses")]
    [InlineData("", "needs a simulation at least")]
    public void Is_strict_where_NBomber_is_lax(string simulations, string message)
    {
        Assert.Null(Read(Of(simulations), out var wrong));

        Assert.Contains(message, Assert.Single(wrong), StringComparison.Ordinal);
    }

    [Fact]
    public void Tells_all_at_once_each_with_its_place()
    {
        const string Text = """
            {
              "TestNaem": "x",
              "GlobalSettings": {
                "ScenariosSettings": [ {
                  "ScenarioName": "s",
                  "WarmupDuration": "00:00:05",
                  "LoadSimulationsSettings": [ { "Inject": [1, "00:00:01", "5m"] } ],
                  "ThresholdSettings": [ { "OkLatency": "p98 < 100" }, { "OkRequset": "RPS > 1" } ],
                  "CustomSettings": { "target": "ftp://x", "steps": [ { "path": "/{skuu}" } ], "feeds": { "sku": { "zipf": 1 } } }
                } ]
              }
            }
            """;

        Assert.Null(Read(Text, out var wrong));

        Assert.Equal(
            [
                "c.json:2:3: error /TestNaem: unknown key \"TestNaem\"; did you mean \"TestName\"?",
                "c.json:6:7: error /GlobalSettings/ScenariosSettings/0/WarmupDuration: unknown key \"WarmupDuration\"; did you mean \"WarmUpDuration\"?",
                "c.json:7:64: error /GlobalSettings/ScenariosSettings/0/LoadSimulationsSettings/0/Inject/2: must be a time as \"hours:minutes:seconds\", such as \"00:00:30\"; for 5m write \"00:05:00\"",
                "c.json:8:45: error /GlobalSettings/ScenariosSettings/0/ThresholdSettings/0/OkLatency: OkLatency has no \"p98\"; did you mean \"p90\"?",
                "c.json:8:60: error /GlobalSettings/ScenariosSettings/0/ThresholdSettings/1/: must have one of OkRequest, FailRequest, Refused, OkLatency, OkDataTransfer, StatusCode",
                "c.json:8:62: error /GlobalSettings/ScenariosSettings/0/ThresholdSettings/1/OkRequset: unknown key \"OkRequset\"; did you mean \"OkRequest\"?",
            ],
            wrong.Take(6));
        Assert.Contains(wrong, static w => w.Contains("\"ftp://x\" must be such as http://127.0.0.1:8080", StringComparison.Ordinal));
        Assert.Contains(wrong, static w => w.Contains("nothing gives a value to {skuu}; did you mean \"sku\"?", StringComparison.Ordinal));
        Assert.Contains(wrong, static w => w.Contains("/feeds/sku/count: is missing", StringComparison.Ordinal));
        Assert.Equal(9, wrong.Length);
    }

    [Theory]
    [InlineData("{", "c.json:1:")]
    [InlineData("", "not JSON")]
    [InlineData("[]", "must be an object, not a list")]
    [InlineData("{}", "/GlobalSettings: is missing")]
    [InlineData("""{ "TestName": "a", "TestName": "b", "GlobalSettings": {} }""", "is there twice")]
    public void Whatever_the_file_is_it_is_an_error_and_no_crash(string text, string message)
    {
        Assert.Null(Read(text, out var wrong));
        Assert.Contains(wrong, w => w.Contains(message, StringComparison.Ordinal));
    }

    [Fact]
    public void Weights_divide_what_the_scenarios_say()
    {
        static string One(string name, int weight) => $$"""
            { "ScenarioName": "{{name}}", "LoadSimulationsSettings": [ { "Inject": [100, "00:00:01", "00:00:10"] } ],
              "CustomSettings": { "weight": {{weight}}, "target": "http://127.0.0.1", "steps": [ { "path": "/" } ] } }
            """;
        var config = Read($$"""{ "GlobalSettings": { "ScenariosSettings": [ {{One("read", 80)}}, {{One("write", 20)}} ] } }""", out _);

        Assert.Equal([800, 200], config!.Scenarios.Select(static s => new OpenPlan(s.Simulations, new Dice(1)).Count));
    }

    [Fact]
    public void Only_target_scenarios_are_run_and_must_exist()
    {
        static string With(string target) => $$"""
            { "TargetScenarios": ["{{target}}"], "GlobalSettings": { "ScenariosSettings": [
              { "ScenarioName": "read", "LoadSimulationsSettings": [ { "KeepConstant": [1, "00:00:10"] } ], {{Journey}} },
              { "ScenarioName": "write", "LoadSimulationsSettings": [ { "KeepConstant": [1, "00:00:10"] } ], {{Journey}} } ] } }
            """;

        Assert.Equal("write", Assert.Single(Read(With("write"), out _)!.Scenarios).Name);
        Assert.Null(Read(With("wriet"), out var wrong));
        Assert.Contains("did you mean \"write\"?", Assert.Single(wrong), StringComparison.Ordinal);
    }

    [Fact]
    public void Thresholds_are_read_with_NBombers_words()
    {
        var config = Read(
            Of("""{ "KeepConstant": [1, "00:00:10"] }""", """
                "ThresholdSettings": [
                  { "OkRequest": "RPS >= 80" }, { "FailRequest": "Percent < 10" }, { "OkLatency": "p99 < 400.5" },
                  { "StatusCode": ["503", "Percent < 5"], "AbortWhenErrorCount": 5, "StartCheckAfter": "00:00:10" },
                  { "StepName": "step 1", "OkLatency": "max < 100" } ],
                """),
            out var wrong);

        Assert.Empty(wrong);
        Assert.Equal(
            [
                new(0, null, Subject.OkRequest, null, "rps", ">=", 80, "OkRequest RPS >= 80"),
                new(0, null, Subject.FailRequest, null, "percent", "<", 10, "FailRequest Percent < 10"),
                new(0, null, Subject.OkLatency, null, "p99", "<", 400.5, "OkLatency p99 < 400.5"),
                new(0, null, Subject.StatusCode, 503, "percent", "<", 5, "StatusCode 503 Percent < 5") { AbortWhenErrorCount = 5, StartCheckAfter = TimeSpan.FromSeconds(10) },
                new(0, 0, Subject.OkLatency, null, "max", "<", 100, "step 1: OkLatency max < 100"),
            ],
            config!.Thresholds);
    }

    [Fact]
    public void The_example_is_valid()
    {
        var folder = Path.Combine(Tree.Root, "load-tests", "scenarios");
        foreach (var file in Directory.GetFiles(folder, "*.json"))
        {
            Assert.NotNull(ConfigReader.Read(File.ReadAllBytes(file), folder, null, out var wrong));
            Assert.Empty(wrong);
        }
    }

    [Fact]
    public void A_journey_keeps_its_braces_its_feeds_and_what_it_saves()
    {
        var config = Read(
            """
            { "GlobalSettings": { "ScenariosSettings": [ { "ScenarioName": "s", "LoadSimulationsSettings": [ { "KeepConstant": [1, "00:00:10"] } ],
              "CustomSettings": { "target": "h2c://localhost:1", "feeds": { "sku": { "values": ["a b"] } }, "headers": { "X-A": "1" }, "steps": [
                { "path": "/p/{sku}", "save": { "id": "/order/id" }, "thinkTime": ["00:00:01", "00:00:03"] },
                { "name": "pay", "method": "post", "path": "/pay/{id}", "body": { "sku": "{sku}" } } ] } } ] } }
            """,
            out var wrong);

        Assert.Empty(wrong);
        var scenario = config!.Scenarios[0];
        Assert.Equal(new Version(2, 0), scenario.Http);
        Assert.Equal(2, scenario.Values);
        Assert.Equal("/p/a%20b", scenario.Steps[0].Path.Render(["a b", null]));
        Assert.Equal([(1, "/order/id")], scenario.Steps[0].Saves);
        Assert.Equal(TimeSpan.FromSeconds(2), scenario.Steps[0].ThinkTime(0.5));
        Assert.Equal("""{"sku":"a b"}""", scenario.Steps[1].Body!.Render(["a b", "7"]));
        Assert.Equal(["X-A", "Content-Type"], scenario.Steps[1].Headers.Select(static h => h.Name));
        Assert.Equal(HttpMethod.Post, scenario.Steps[1].Method);
    }

    [Theory]
    [InlineData("http://127.0.0.1:8080", true)]
    [InlineData("http://localhost:8080", true)]
    [InlineData("http://[::1]:8080", true)]
    [InlineData("h2c://127.0.0.2", true)]
    [InlineData("https://shop.example.com", false)]
    [InlineData("http://127.0.0.1.example.com", false)]
    [InlineData("http://10.0.0.1", false)]
    public void Only_this_machine_is_loaded_unless_allowed(string url, bool loopback)
    {
        Assert.True(TargetUrl.TryParse(url, out var uri, out _));
        Assert.Equal(loopback, TargetUrl.Refusal(uri, []) is null);
        Assert.Null(TargetUrl.Refusal(uri, [uri.IdnHost]));
    }
}
