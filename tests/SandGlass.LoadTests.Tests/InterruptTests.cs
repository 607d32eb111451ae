using System.Diagnostics;
using System.Globalization;
using System.Text;
using SandGlass.LoadTests.Processes;
using SandGlass.LoadTests.Tests.Drills;
using SandGlass.Testing;

namespace SandGlass.LoadTests.Tests;

/// <summary>Ctrl-C and SIGTERM, in a real process: what was measured so far is told as a part, all that was started ends, and the exit code is 3.</summary>
public sealed class InterruptTests : IDisposable
{
    private const int Interrupt = 2;
    private const int Terminate = 15;

    // A process of our own, with processes of its own, on a busy machine.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly string _folder = TestFolder.New("load-tests-");

    public InterruptTests() => Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are not known there");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(Interrupt)]
    [InlineData(Terminate)]
    public async Task A_run_tells_its_part_and_writes_it_as_no_measurement(int signal)
    {
        // Half of the requests never have an answer: nobody who wants to leave waits for them.
        var asked = 0;
        await using var origin = await TestOrigin.StartAsync(async http =>
        {
            if (Interlocked.Increment(ref asked) % 2 == 0)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        });
        var config = Path.Combine(_folder, "c.json");
        await File.WriteAllTextAsync(config, $$"""
            { "TestName": "t", "GlobalSettings": { "ReportFileName": "t", "ScenariosSettings": [ { "ScenarioName": "s",
              "LoadSimulationsSettings": [ { "Inject": [20, "00:00:01", "00:10:00"] } ], "ThresholdSettings": [ { "OkRequest": "RPS > 1" } ],
              "CustomSettings": { "target": "{{origin.Address}}", "timeout": "00:05:00", "steps": [ { "path": "/" } ] } } ] } }
            """, Xunit.TestContext.Current.CancellationToken);

        var (code, said) = await RunAsync("2 s: planned", 0, signal, "run", config, "--out", _folder);

        Assert.Equal(3, code);
        Assert.Matches(@"INVALID: cut short after [1-9][0-9.]* of 600 s, which is a part and not what was asked for; \d+ requests that were under way then are left out", said);
        Assert.Contains("sandglass-load: not a measurement: cut short", said, StringComparison.Ordinal);
        Assert.DoesNotContain("timed out", said, StringComparison.Ordinal);
        Assert.Contains("This is no measurement: cut short", await Written("t.html"), StringComparison.Ordinal);
        Assert.Contains("errors=\"1\"", await Written("t.junit.xml"), StringComparison.Ordinal);
        Assert.Contains("\"cut\":true", await Written("t.json"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_replay_tells_its_part()
    {
        await using var origin = await TestOrigin.SayingAsync("hello");
        var log = Path.Combine(_folder, "access.log");
        await File.WriteAllLinesAsync(log, Enumerable.Range(0, 3_000).Select(static i => string.Create(
            CultureInfo.InvariantCulture, $"203.0.113.1 - - [17/May/2015:10:{i / 60:00}:{i % 60:00} +0000] \"GET /{i} HTTP/1.1\" 200 10")), Xunit.TestContext.Current.CancellationToken);

        var (code, said) = await RunAsync("1 s: planned", 0, Interrupt, "replay", log, "--target", origin.Address, "--speed", "10");

        Assert.Equal(3, code);
        Assert.Matches(@"INVALID: cut short after [1-9][0-9.]* of (299\.[0-9]|300) s", said);
    }

    [Fact]
    public async Task A_comparison_tells_the_cells_that_were_measured()
    {
        var (code, said) = await RunAsync(
            "2 of 2", 2, Interrupt, "compare", "--only", "yarp", "--loads", "0.1,0.2", "--capacity", "100", "--seconds", "1", "--warm-up", "0", "--out", _folder);

        Assert.Equal(3, code);
        Assert.Contains("CUT SHORT: 1 of 2 cells were measured", said, StringComparison.Ordinal);
        Assert.Contains("cut short: what is reported is a part, and no comparison", said, StringComparison.Ordinal);
        Assert.Contains("CUT SHORT", await Written("comparison.md"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Drills_tell_those_that_were_over()
    {
        var drills = Directory.CreateDirectory(Path.Combine(_folder, "drills", "setup")).Parent!.FullName;
        foreach (var file in (string[])["policy.json", "shoppers.json"])
        {
            File.Copy(Path.Combine(AppContext.BaseDirectory, "drills", "setup", file), Path.Combine(drills, "setup", file));
        }

        var drill = DrillFiles.Valid.Replace("\"to\": 2", "\"to\": 1.2", StringComparison.Ordinal).Replace("00:00:03", "00:00:02", StringComparison.Ordinal).Replace("\"at\": 2", "\"at\": 1.2", StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(drills, "first.json"), drill, Xunit.TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(drills, "second.json"), drill, Xunit.TestContext.Current.CancellationToken);

        var (code, said) = await RunAsync("] second, unprotected", 1, Terminate, "drill", "all", "--unprotected", "--drills", drills, "--out", _folder);

        Assert.Equal(3, code);
        Assert.Contains("CUT SHORT, 1 more were to come: ", said, StringComparison.Ordinal);
        Assert.Contains("cut short: what is reported is a part, and no verdict on the whole", said, StringComparison.Ordinal);
        Assert.Contains("\"cutBefore\":1", await Written("drills.json"), StringComparison.Ordinal);
    }

    private Task<string> Written(string name) => File.ReadAllTextAsync(Path.Combine(_folder, name), Xunit.TestContext.Current.CancellationToken);

    /// <summary>
    /// Runs the program, sends a signal when it has said something and started so many, and waits for its end and for that of all it has started. All of it on threads of its own:
    /// the pool's may be taken by tests beside, and the moment would be over.
    /// </summary>
    private static Task<(int Code, string Said)> RunAsync(string until, int children, int signal, params string[] arguments) => Task.Factory.StartNew(
        () =>
        {
            var command = Child.Ours("sandglass-load", arguments);
            // Whoever runs the tests in a shell's background has SIGINT ignored, and so would the program.
            using var process = Process.Start(new ProcessStartInfo("env", ["--default-signal=INT", .. command]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            using var heard = new ManualResetEventSlim();
            var said = new StringBuilder();
            Thread[] readers = [.. new[] { process.StandardOutput, process.StandardError }.Select(stream => new Thread(() => Read(stream, until, said, heard)) { IsBackground = true })];
            Array.ForEach(readers, static r => r.Start());
            try
            {
                Assert.True(heard.Wait(Patience), $"it did not say {until}");
                Assert.True(SpinWait.SpinUntil(() => process.HasExited || Descendants(process.Id).Length >= children, Patience) && !process.HasExited, "it was over before");
                var started = Descendants(process.Id);
                Assert.True(Signal.Send(process.Id, signal));
                Assert.True(process.WaitForExit(Patience), "it did not end");
                Assert.DoesNotContain(started, static id => Directory.Exists($"/proc/{id}"));
                Array.ForEach(readers, static r => r.Join(Patience));
                return (process.ExitCode, said.ToString());
            }
            finally
            {
                process.Kill(entireProcessTree: true);
            }
        },
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static void Read(StreamReader stream, string until, StringBuilder said, ManualResetEventSlim heard)
    {
        while (stream.ReadLine() is { } line)
        {
            lock (said)
            {
                said.AppendLine(line);
            }

            if (line.Contains(until, StringComparison.Ordinal))
            {
                heard.Set();
            }
        }
    }

    private static int[] Descendants(int of) =>
    [
        .. from folder in Directory.EnumerateDirectories("/proc")
           let id = int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0
           where id > 0 && CpuTime.ParentOf(id) == of
           from each in Descendants(id).Append(id)
           select each,
    ];
}
