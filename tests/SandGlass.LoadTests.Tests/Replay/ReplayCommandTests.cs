using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using SandGlass.LoadTests.Commands;
using SandGlass.LoadTests.Replay;
using SandGlass.Testing;

namespace SandGlass.LoadTests.Tests.Replay;

/// <summary>The command on real sockets. How exactly the moments are kept is measured by load-tests/replay.sh on a quiet machine.</summary>
public sealed class ReplayCommandTests : IDisposable
{
    private readonly string _folder = TestFolder.New("load-tests-");

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
    [InlineData("--loop 1000000 --rate 1000", "that would be 20,000,000,000 requests, and 20,000,000 are the most")]
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

    [Fact]
    public async Task A_packed_log_is_read_and_has_the_same_stand_ins_as_the_plain_one()
    {
        var plain = Log(2);
        var packed = Path.Combine(_folder, "access.log.gz");
        await using (var file = File.Create(packed))
        {
            // Rotated logs are often several members one after the other.
            foreach (var half in (await File.ReadAllLinesAsync(plain, Xunit.TestContext.Current.CancellationToken)).Chunk(10))
            {
                await using var gzip = new GZipStream(file, CompressionMode.Compress, leaveOpen: true);
                await gzip.WriteAsync(Encoding.UTF8.GetBytes(string.Join('\n', half) + "\n"), Xunit.TestContext.Current.CancellationToken);
            }
        }

        var (code, said, error) = await RunAsync("replay", packed, "--target", "http://127.0.0.1:9", "--dry-run");

        Assert.True(code == 0, error);
        Assert.Contains("NCSA combined: 20 requests of 7 clients", said, StringComparison.Ordinal);
        Assert.Equal(Key(plain), Key(packed));
    }

    [Fact]
    public async Task A_packed_log_that_is_cut_off_gives_what_is_whole_and_says_so()
    {
        var file = Path.Combine(_folder, "cut.gz");
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true))
        {
            await gzip.WriteAsync(await File.ReadAllBytesAsync(Log(600), Xunit.TestContext.Current.CancellationToken), Xunit.TestContext.Current.CancellationToken);
        }

        await File.WriteAllBytesAsync(file, packed.ToArray()[..(int)(packed.Length / 2)], Xunit.TestContext.Current.CancellationToken);
        var (code, said, error) = await RunAsync("replay", file, "--target", "http://127.0.0.1:9", "--dry-run");

        Assert.True(code == 0, error);
        Assert.Contains("the log is not taken whole: the gzip is damaged or cut off; what stands before that is taken", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("\n\n", "it is empty")]
    [InlineData("\u001b[2Jevil\nmore", "none of its 2 lines is one, the first (line 1) is \"\\u001b[2Jevil\"")]
    [InlineData("{\"log\":{\"version\":\"1.2\"}}", "it has no list \"entries\" in its \"log\"")]
    [InlineData("{\"log\":{\"entries\":[]}}", "it is HAR without any")]
    [InlineData("#Version: 1.0", "it has no #Fields line")]
    [InlineData("(\u00b5/\u00fd", "none of its 1 lines is one")]
    public async Task A_log_without_a_request_says_why_in_one_line(string text, string why)
    {
        var file = Path.Combine(_folder, "odd");
        await File.WriteAllTextAsync(file, text, Xunit.TestContext.Current.CancellationToken);
        var (code, _, error) = await RunAsync("replay", file, "--target", "http://127.0.0.1:9");

        Assert.Equal(2, code);
        Assert.Contains($"odd has no request that can be sent: {why}", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_and_what_is_packed_otherwise_are_told_by_name()
    {
        var zstd = Path.Combine(_folder, "access.log.zst");
        await File.WriteAllBytesAsync(zstd, [0x28, 0xB5, 0x2F, 0xFD, 0, 0], Xunit.TestContext.Current.CancellationToken);

        Assert.Contains("is a folder; name a log in it", (await RunAsync("replay", _folder, "--target", "http://127.0.0.1:9")).Error, StringComparison.Ordinal);
        Assert.Contains($"unpack it on the way: zstd -dc {zstd} | sandglass-load replay -", (await RunAsync("replay", zstd, "--target", "http://127.0.0.1:9")).Error, StringComparison.Ordinal);
    }

    private static string Key(string path)
    {
        using var source = LogSource.Open(path);
        _ = LogReader.Read(source.Text);
        return Convert.ToHexString(source.Key());
    }
}
