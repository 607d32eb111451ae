using System.Text;
using SandGlass.LoadTests.Config;
using SandGlass.LoadTests.Export;
using SandGlass.Testing;

namespace SandGlass.LoadTests.Tests;

public sealed class ExportTests
{
    private const string Text = """
        { "GlobalSettings": { "ReportFormats": [ "Html", "Json" ], "ScenariosSettings": [ {
          "ScenarioName": "s",
          "LoadSimulationsSettings": [ { "RampingInject": [60, "00:00:01", "00:00:10"] }, { "Inject": [0.5, "00:00:01", "00:00:20"] }, { "Pause": "00:00:05" } ],
          "ThresholdSettings": [ { "OkLatency": "p99 < 300" }, { "Refused": "Percent < 5" } ],
          "CustomSettings": { "target": "http://127.0.0.1:1", "feeds": { "sku": { "values": [ "a'b" ] } },
            "steps": [ { "path": "/p/{sku}" }, { "method": "POST", "path": "/o", "body": { "sku": "{sku}" } } ] } } ] } }
        """;

    private readonly List<string> _lost = [];
    private readonly LoadConfig _config = ConfigReader.Read(Encoding.UTF8.GetBytes(Text), Tree.Root, null, out _)!;

    [Fact]
    public void NBomber_gets_whole_rates_and_none_of_our_words()
    {
        var json = NBomberExport.Write(_config, Text, _lost.Add);

        var read = ConfigReader.Read(Encoding.UTF8.GetBytes(json), Tree.Root, null, out var wrong)!;
        Assert.Empty(wrong);
        Assert.Equal(
            ["{ \"RampingInject\": [60, \"00:00:01\", \"00:00:10\"] }", "{ \"Inject\": [5, \"00:00:10\", \"00:00:20\"] }", "{ \"Pause\": [\"00:00:05\"] }"],
            read.Scenarios[0].Simulations.Select(static s => s.Json()));
        Assert.Equal(["html"], read.ReportFormats);
        Assert.Single(read.Thresholds);
        Assert.Equal(2, _lost.Count);
    }

    [Fact]
    public void K6_gets_stages_thresholds_and_the_journey()
    {
        var script = K6Export.Write(_config, _lost.Add);

        Assert.Contains("executor: 'ramping-arrival-rate'", script, StringComparison.Ordinal);
        Assert.Contains("{ target: 3600, duration: '10000ms' }, { target: 30, duration: '0ms' }, { target: 30, duration: '20000ms' }, { target: 0, duration: '0ms' }", script, StringComparison.Ordinal);
        Assert.Contains("\"http_req_duration{scenario:s}\": [\"p(99)\\u003C300\"]", script, StringComparison.Ordinal);
        Assert.Contains("\"/p/\" + encodeURIComponent(v[0])", script, StringComparison.Ordinal);
        Assert.Contains("a\\u0027b", script, StringComparison.Ordinal);
        Assert.Contains("threshold Refused Percent < 5", Assert.Single(_lost), StringComparison.Ordinal);
    }

    [Fact]
    public void Vegeta_gets_an_attack_for_each_step_of_a_ramp_and_a_sleep_for_a_pause()
    {
        var script = VegetaExport.Write(_config, _lost.Add);

        Assert.Equal(11, script.Split("vegeta attack").Length - 1);
        Assert.Contains("-rate=180/1m -duration=1000ms", script, StringComparison.Ordinal);
        Assert.Contains("-rate=30/1m -duration=20000ms", script, StringComparison.Ordinal);
        Assert.Contains("  sleep 5\n", script, StringComparison.Ordinal);
        Assert.Contains("GET http://127.0.0.1:1/p/a%27b\n", script, StringComparison.Ordinal);
        Assert.Contains("all steps but the first", Assert.Single(_lost), StringComparison.Ordinal);
    }
}
