using System.Diagnostics;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using SandGlass.DemoShop;

namespace SandGlass.EndToEnd.Tests;

/// <summary>The program itself, as a process: verbs, exit codes, one clear line on stderr.</summary>
public sealed class ProgramTests
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "sandglass.dll");

    [Theory]
    [InlineData("fly")]
    [InlineData("run --polcy x")]
    [InlineData("run")]
    [InlineData("run --policy")]
    [InlineData("run --policy x --drain soon")]
    [InlineData("run --policy x extra")]
    [InlineData("switch on")]
    [InlineData("run --policy /nonexistent/policy.json --listen http://127.0.0.1:0 --admin http://127.0.0.1:0 --state @folder")]
    [InlineData("run --policy @good --listen ftp://x --state @folder")]
    [InlineData("run --policy @good --listen http://127.0.0.1:0 --admin http://0.0.0.0:0 --state @folder")]
    [InlineData("check /nonexistent/policy.json")]
    public async Task Wrong_usage_is_one_line_and_exit_code_2(string arguments)
    {
        using var folder = new Folder();
        var (code, _, error) = await RunAsync(arguments, folder);

        Assert.True(code == 2, $"{code}: {error}");
        AssertOneLine(error);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_one_line_and_exit_code_3()
    {
        using var folder = new Folder();
        await using var taken = await TestOrigin.SayingAsync("mine");

        foreach (var ports in new[] { $"--listen {taken.Address} --admin http://127.0.0.1:0", $"--listen http://127.0.0.1:0 --admin {taken.Address}" })
        {
            var (code, _, error) = await RunAsync($"run --policy @good {ports} --state @folder", folder);
            Assert.True(code == 3, $"{code}: {error}");
            AssertOneLine(error);
            Assert.Contains(taken.Address, error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_state_folder_that_cannot_be_is_one_line_and_exit_code_3()
    {
        using var folder = new Folder();

        var (code, _, error) = await RunAsync("run --policy @good --listen http://127.0.0.1:0 --admin http://127.0.0.1:0 --state @good", folder);

        Assert.True(code == 3, $"{code}: {error}");
        AssertOneLine(error);
    }

    [Fact]
    public async Task Check_says_yes_with_0_and_no_with_1()
    {
        using var folder = new Folder();

        var good = await RunAsync("check @good", folder);
        var bad = await RunAsync("check @bad", folder);

        Assert.Equal((0, string.Empty), (good.Code, good.Error));
        Assert.Equal(1, bad.Code);
        Assert.Matches("bad\\.json:2:[0-9]+: error SG", bad.Output);
    }

    [Fact]
    public async Task A_broken_policy_at_start_is_exit_code_2_with_its_place()
    {
        using var folder = new Folder();

        var (code, _, error) = await RunAsync("run --policy @bad --listen http://127.0.0.1:0 --admin http://127.0.0.1:0 --state @folder", folder);

        Assert.Equal(2, code);
        Assert.Matches("bad\\.json:2:[0-9]+: error SG", error);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help", "demo")]
    [InlineData("run --help", "--policy")]
    [InlineData("demo --help", "--listen")]
    [InlineData("check --help", "FILE")]
    [InlineData("switch --help", "list")]
    public async Task Help_is_exit_code_0(string arguments, string tells)
    {
        using var folder = new Folder();

        var (code, output, error) = await RunAsync(arguments, folder);

        Assert.Equal((0, string.Empty), (code, error));
        Assert.Contains(tells, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Switch_without_a_gateway_is_one_line_and_exit_code_3()
    {
        using var folder = new Folder();

        var (code, _, error) = await RunAsync("switch list --admin http://127.0.0.1:9", folder);

        Assert.Equal(3, code);
        AssertOneLine(error);
    }

    [Fact]
    public async Task Run_serves_throws_switches_and_stops_on_sigterm_without_losing_a_request()
    {
        using var folder = new Folder();
        var go = new SemaphoreSlim(0);
        await using var origin = await TestOrigin.StartAsync(async http =>
        {
            await go.WaitAsync(http.RequestAborted);
            await http.Response.WriteAsync("ok");
        });
        await File.WriteAllTextAsync(folder.Good, TestGateway.Fill(
            TestGateway.PassThrough.Replace("\"routes\"", "\"switches\": { \"off\": { \"chains\": [ \"*\" ], \"do\": { \"refuse\": {} } } }, \"routes\"", StringComparison.Ordinal),
            ("origin", origin.Address)));
        using var process = Start("run --policy @good --listen http://127.0.0.1:0 --admin http://127.0.0.1:0 --state @folder --drain 300ms", folder);
        var line = await process.StandardOutput.ReadLineAsync().WaitAsync(Eventually.Deadline);
        var addresses = Regex.Matches(line!, "http://127\\.0\\.0\\.1:[0-9]+");
        using var client = new HttpClient { BaseAddress = new(addresses[0].Value), Timeout = TimeSpan.FromSeconds(30) };
        Assert.Equal(1, (await RunAsync($"switch on nothing --reason x --admin {addresses[1].Value}", folder)).Code);
        var listed = await RunAsync($"switch list --admin {addresses[1].Value}", folder);
        Assert.True(listed is { Code: 0 } && Regex.IsMatch(listed.Output, @"^STATE +SWITCH .*\s^off +off ", RegexOptions.Multiline), listed.Output + listed.Error);

        var underWay = client.GetStringAsync("/x");
        await Eventually.TrueAsync(() => origin.Count == 1, "it is under way");
        await SignalAsync(process, "TERM");
        using var admin = new HttpClient { BaseAddress = new(addresses[1].Value) };
        go.Release();

        Assert.Equal("ok", await underWay);
        await process.WaitForExitAsync().WaitAsync(Eventually.Deadline);
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public async Task Wrong_usage_names_the_help_of_the_whole_verb()
    {
        using var folder = new Folder();
        Assert.EndsWith("; see sandglass switch on --help\n", (await RunAsync("switch on reviews-off", folder)).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--listen http://127.0.0.1:0 --admin http://127.0.0.1:0 --state @folder")]
    [InlineData("--any-port")]
    public async Task Demo_serves_within_10_seconds_and_stops_on_sigterm(string options)
    {
        var isAnyPort = options == "--any-port";
        var busy = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(static e => e.Port).ToHashSet();
        var taken = ShopOptions.DefaultPorts.Values.Where(busy.Contains).ToArray();
        Assert.SkipWhen(!isAnyPort && taken.Length > 0, $"the shop's port {taken.FirstOrDefault()} is taken on this machine, perhaps by another demo");
        using var folder = new Folder();
        using var process = Start($"demo {options}", folder);
        try
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10), TimeProvider.System);
            var (address, policy) = (string.Empty, string.Empty);
            while (policy.Length == 0)
            {
                var line = await process.StandardOutput.ReadLineAsync(patience.Token);
                if (line is null)
                {
                    var error = await process.StandardError.ReadToEndAsync();
                    Assert.SkipWhen(error.Contains("port", StringComparison.Ordinal), $"a port was taken in this very moment: {error}");
                    Assert.Fail(error);
                }

                address = line.Contains("the shop, through the gateway", StringComparison.Ordinal) ? Regex.Match(line, "http://127\\.0\\.0\\.1:[0-9]+").Value : address;
                policy = line.EndsWith("policy.json", StringComparison.Ordinal) ? line.Trim() : policy;
            }

            using var client = new HttpClient { BaseAddress = new(address) };
            Assert.Contains("sku-1", await client.GetStringAsync("/api/products/sku-1"), StringComparison.Ordinal);
            await SignalAsync(process, "TERM");
            await process.StandardOutput.ReadToEndAsync().WaitAsync(Eventually.Deadline);
            await process.WaitForExitAsync().WaitAsync(Eventually.Deadline);
            Assert.Equal((0, !isAnyPort), (process.ExitCode, File.Exists(policy)));
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    [Fact]
    public async Task A_second_demo_is_told_in_one_line_how_to_stand_beside_the_first()
    {
        using var first = new TcpListener(IPAddress.Loopback, ShopOptions.DefaultPorts["marketing"]);
        try
        {
            first.Start();
        }
        catch (SocketException)
        {
            // A demo, or another run of these tests, does what this one would.
        }

        using var folder = new Folder();
        var (code, output, error) = await RunAsync("demo --listen http://127.0.0.1:0 --admin http://127.0.0.1:0 --state @folder", folder);
        Assert.Equal((3, string.Empty), (code, output));
        AssertOneLine(error);
        Assert.Contains("--any-port", error, StringComparison.Ordinal);
    }

    private static void AssertOneLine(string error)
    {
        Assert.StartsWith("sandglass: ", error, StringComparison.Ordinal);
        Assert.True(error.TrimEnd('\n').Split('\n').Length == 1, error);
        Assert.DoesNotContain("Exception", error, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(string arguments, Folder folder)
    {
        using var process = Start(arguments, folder);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
            return (process.ExitCode, await output, await error);
        }
        catch (TimeoutException)
        {
            process.Kill();
            throw;
        }
    }

    private static Process Start(string arguments, Folder folder)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder.Path };
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(Program);
        foreach (var argument in arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            start.ArgumentList.Add(argument.Replace("@good", folder.Good, StringComparison.Ordinal)
                .Replace("@bad", folder.Bad, StringComparison.Ordinal).Replace("@folder", folder.State, StringComparison.Ordinal));
        }

        start.Environment.Remove("SANDGLASS_ADMIN_TOKEN");
        return Process.Start(start)!;
    }

    private static async Task SignalAsync(Process process, string signal)
    {
        using var kill = Process.Start("sh", ["-c", $"kill -{signal} {process.Id}"]);
        await kill.WaitForExitAsync();
    }

    private sealed class Folder : IDisposable
    {
        public Folder()
        {
            File.WriteAllText(Good, TestGateway.Fill(TestGateway.PassThrough, ("origin", "http://127.0.0.1:9")));
            File.WriteAllText(Bad, "{\n  \"backend\": {},\n  \"routes\": {}\n}");
        }

        public string Path { get; } = TestFolder.New("e2e-");

        public string Good => System.IO.Path.Combine(Path, "good.json");

        public string Bad => System.IO.Path.Combine(Path, "bad.json");

        public string State => System.IO.Path.Combine(Path, "state");

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
