using System.Collections.Concurrent;
using System.Globalization;
using SandGlass.LoadTests.Commands;
using SandGlass.Testing;

namespace SandGlass.LoadTests.Tests.Replay;

/// <summary>The command on real sockets. How exactly the moments are kept is measured by load-tests/replay.sh on a quiet machine.</summary>
public sealed class ReplayCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sandglass-load-tests").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>So many seconds, ten requests in each, numbered.</summary>
    private string Log(int seconds)
    {
        var file = Path.Combine(_folder, "access.log");
        File.WriteAllLines(file, Enumerable.Range(0, seconds * 10).Select(static i => string.Create(
            CultureInfo.InvariantCulture, $"203.0.113.{i % 7} - - [17/May/2015:10:{i / 600:00}:{i / 10 % 60:00} +0000] \"GET /p/{i}?token=secret{i} HTTP/1.1\" 200 10 \"-\" \"Mozilla\"")));
        return file;
    }

    private static async Task<(int Code, string Out, string Error)> RunAsync(params string[] args)
    {
        await using var output = new StringWriter(CultureInfo.InvariantCulture);
        await using var error = new StringWriter(CultureInfo.InvariantCulture);
        var code = await LoadCommandLine.InvokeAsync(args, output, error);
        return (code, output.ToString(), error.ToString());
    }

    private static int Number(string target) => int.Parse(target["/p/".Length..target.IndexOf('?', StringComparison.Ordinal)], CultureInfo.InvariantCulture);

    [Fact]
    public async Task At_sixty_times_the_speed_the_server_gets_each_once_nearly_in_order_and_not_sooner()
    {
        // The server reads what came on its own threads: a busy machine may mix them up. What the replay does it does each time.
        var swaps = int.MaxValue;
        for (var turn = 0; turn < 3 && swaps > 12; turn++)
        {
            swaps = Math.Min(swaps, await SwapsAsync());
        }

        Assert.True(swaps <= 12, $"{swaps} out of order");
    }

    private async Task<int> SwapsAsync()
    {
        ConcurrentQueue<(string Target, long At)> got = new();
        await using var origin = await TestOrigin.StartAsync(http =>
        {
            got.Enqueue((http.Request.Path + http.Request.QueryString.ToString(), TimeProvider.System.GetTimestamp()));
            return Task.CompletedTask;
        });
        var (code, said, error) = await RunAsync("replay", Log(120), "--target", origin.Address, "--speed", "60");

        // Code 4 is this machine's, where it is too busy; order and counts hold all the same.
        Assert.True(code is 0 or 4, said + error);
        var arrived = got.ToArray();
        Assert.Equal(Enumerable.Range(0, 1_200), arrived.Select(static a => Number(a.Target)).Order());
        Assert.DoesNotContain(arrived, static a => a.Target.Contains("secret", StringComparison.Ordinal));
        Assert.InRange(TimeProvider.System.GetElapsedTime(arrived[0].At, arrived[^1].At).TotalSeconds, 1.9, 60);
        return code == 4 ? 0 : arrived.Zip(arrived.Skip(1)).Count(static p => Number(p.First.Target) > Number(p.Second.Target));
    }

    [Theory]
    [InlineData("--from 00:01:00", 600)]
    [InlineData("--until 00:00:30", 300)]
    [InlineData("--from 2015-05-17T10:00:10Z --until 2015-05-17T13:00:20+03:00", 100)]
    public async Task A_part_of_the_log_can_be_taken(string part, int requests)
    {
        var (code, said, error) = await RunAsync(["replay", Log(120), "--target", "http://127.0.0.1:9", "--dry-run", .. part.Split(' ')]);

        Assert.True(code == 0, error);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"NCSA combined: {requests} requests"), said.Replace(",", string.Empty, StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--from 5", "--from \"5\" must be a moment such as 2026-11-11T00:00:00Z")]
    [InlineData("--from 2016-01-01T00:00:00Z", "has no request that can be sent")]
    [InlineData("--rate 3y", "--rate \"3y\" must be such as 3x or 0.5x")]
    [InlineData("--speed 0", "--speed must be above 0")]
    [InlineData("--map old=/new", "--map \"old=/new\" must be two paths")]
    [InlineData("--target http://shop.example.com", "shop.example.com is not this machine; if you may load it, say --target-allow shop.example.com")]
    public async Task Wrong_usage_is_one_line_and_exit_code_2(string more, string message)
    {
        string[] target = more.StartsWith("--target", StringComparison.Ordinal) ? [] : ["--target", "http://127.0.0.1:9"];
        var (code, _, error) = await RunAsync(["replay", Log(2), .. target, .. more.Split(' ')]);

        Assert.Equal(2, code);
        Assert.Contains(message, Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }
}
