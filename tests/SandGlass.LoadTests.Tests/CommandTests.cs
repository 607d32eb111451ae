using System.Globalization;
using Microsoft.AspNetCore.Http;
using SandGlass.LoadTests.Commands;
using SandGlass.LoadTests.Reports;
using SandGlass.Testing;

namespace SandGlass.LoadTests.Tests;

public sealed class CommandTests : IDisposable
{
    private readonly string _folder = TestFolder.New("load-tests-");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static async Task<(int Code, string Out, string Error)> RunAsync(params string[] args)
    {
        await using var output = new StringWriter(CultureInfo.InvariantCulture);
        await using var error = new StringWriter(CultureInfo.InvariantCulture);
        var code = await LoadCommandLine.InvokeAsync(args, output, error);
        return (code, output.ToString(), error.ToString());
    }

    private string Config(string target, string threshold, double rate = 100)
    {
        var file = Path.Combine(_folder, "c.json");
        File.WriteAllText(file, string.Create(CultureInfo.InvariantCulture, $$"""
            { "TestName": "t", "GlobalSettings": { "ScenariosSettings": [ { "ScenarioName": "s", "WarmUpDuration": "00:00:00.2",
              "LoadSimulationsSettings": [ { "Inject": [{{rate}}, "00:00:01", "00:00:01"] } ], "ThresholdSettings": [ {{threshold}} ],
              "CustomSettings": { "target": "{{target}}", "steps": [ { "path": "/" } ] } } ] } }
            """));
        return file;
    }

    [Fact]
    public async Task A_run_counts_what_the_server_got_and_writes_every_kind_of_report()
    {
        await using var origin = await TestOrigin.SayingAsync("hello");
        var (code, said, error) = await RunAsync("run", Config(origin.Address, """{ "FailRequest": "Percent < 1" }"""), "--out", _folder);

        // Code 4 is this machine's, where it is too busy; the counts hold all the same.
        Assert.True(code is 0 or 4, said + error);
        Assert.Equal(120, origin.Count);
        var report = TextReports.Read(await File.ReadAllTextAsync(Assert.Single(Directory.GetFiles(_folder, "t_*.json"))), out _)!;
        Assert.Equal(("200", 100L, 500L), (report.Scenarios[0].Outcomes.Single().Outcome, report.Scenarios[0].Outcomes[0].Count, report.Scenarios[0].Outcomes[0].Bytes));
        Assert.Equal([".csv", ".html", ".json", ".md", ".txt", ".xml"], Directory.GetFiles(_folder, "t_*").Select(Path.GetExtension).Order());
    }

    [Fact]
    public async Task A_missed_threshold_is_exit_code_1()
    {
        await using var origin = await TestOrigin.StartAsync(static http =>
        {
            http.Response.StatusCode = 500;
            return Task.CompletedTask;
        });
        var (code, said, _) = await RunAsync("run", Config(origin.Address, """{ "FailRequest": "Percent < 1" }"""));

        Assert.True(code is 1 or 4, said);
        Assert.Contains("MISSED s: FailRequest Percent < 1 (was 100 %)", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_told_before_anything_is_sent()
    {
        await using var origin = await TestOrigin.SayingAsync("hello");
        var config = Config(origin.Address, string.Empty);

        var (code, _, error) = await RunAsync("run", config, "--out", config);

        Assert.Equal((3, 0), (code, origin.Count));
        Assert.Contains(config, Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dry_run_says_how_much_and_sends_nothing()
    {
        await using var origin = await TestOrigin.SayingAsync("hello");
        var (code, said, _) = await RunAsync("run", Config(origin.Address, "", rate: 12.5), "--dry-run");

        Assert.Equal(0, code);
        Assert.Equal(0, origin.Count);
        Assert.Contains("{ \"Inject\": [12.5, \"00:00:01\", \"00:00:01\"] }  12 requests", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rnu", "there is no verb rnu; did you mean \"run\"?")]
    [InlineData("run", "Required argument")]
    [InlineData("run none.json", "there is no none.json; sandglass-load init writes an example")]
    [InlineData("report none.json", "there is no none.json")]
    [InlineData("run x.json --target ftp://x", "must be such as http://127.0.0.1:8080")]
    public async Task Wrong_usage_is_one_line_and_exit_code_2(string line, string message)
    {
        var (code, _, error) = await RunAsync(line.Split(' '));

        Assert.Equal(2, code);
        Assert.Contains(message, Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_machines_are_not_loaded_unasked()
    {
        var config = Config("http://shop.example.com", "");

        var (code, _, error) = await RunAsync("run", config, "--dry-run");
        Assert.Equal(2, code);
        Assert.Contains("shop.example.com is not this machine; if you may load it, say --target-allow shop.example.com", error, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("run", config, "--dry-run", "--target-allow", "shop.example.com")).Code);
    }

    [Fact]
    public async Task The_example_is_written_once_and_runs()
    {
        var file = Path.Combine(_folder, "mine.json");

        Assert.Equal(0, (await RunAsync("init", file)).Code);
        var (code, said, _) = await RunAsync("run", file, "--dry-run");
        Assert.Equal(0, code);
        Assert.Contains("4,000 requests", said, StringComparison.Ordinal);
        Assert.Contains("4,625 journeys, 5,125 requests at most, in 25 s", said, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync("init", file)).Code);
    }

    [Fact]
    public async Task All_verbs_are_seen_at_a_look()
    {
        var (code, said, _) = await RunAsync("--help");

        Assert.Equal(0, code);
        Assert.Contains("Rehearses failures: starts the gateway and a shop, breaks something while shoppers come, and judges by numbers.", said, StringComparison.Ordinal);
        Assert.DoesNotContain("Example", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("init")]
    [InlineData("report")]
    [InlineData("replay")]
    [InlineData("export")]
    [InlineData("compare")]
    [InlineData("drill")]
    public async Task Every_verb_has_help_with_examples(string verb)
    {
        var (code, said, _) = await RunAsync(verb, "--help");

        Assert.Equal(0, code);
        Assert.Contains("Example", said, StringComparison.Ordinal);
    }
}
