using System.Text.Json;
using Microsoft.Extensions.Logging;
using SandGlass.Access;
using SandGlass.Hosting;
using SandGlass.Request;
using SandGlass.Testing;
using Xunit;
using TestContext = SandGlass.Testing.TestContext;

namespace SandGlass.Tests.Access;

public sealed class AccessLogTests : IDisposable
{
    private const string Rest = """
          "backends": { "marketing": { "destinations": { "a": "http://127.0.0.1:7001" } } },
          "routes": { "r": { "chain": "marketing", "match": { "path": "/{**rest}" } } }
        """;

    private readonly string _folder = TestFolder.New("access-");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Policy(string log) => $$"""{ "accessLog": {{log}}, {{Rest}} }""";

    private AccessLog Open(Glass glass, Stream? output = null) =>
        new(() => glass.Store.Current.AccessLog, new StateFolder(_folder, glass.Log), () => output ?? Stream.Null, glass.Clock, glass.Log);

    private string[] Lines => File.Exists(Path.Combine(_folder, "access.jsonl")) ? File.ReadAllLines(Path.Combine(_folder, "access.jsonl")) : [];

    private static void Add(AccessLog log, Glass glass, TestContext request)
    {
        var passage = glass.Enter(request);
        log.Add(glass.Store.Current.AccessLog!, passage, new(RequestOutcome.Served, Place.Forward), glass.Clock.TimestampFrequency / 1000);
        passage.End();
    }

    [Fact]
    public async Task What_a_client_writes_stays_within_its_field()
    {
        using var glass = new Glass(Policy("{}"));
        var log = Open(glass);
        // What Trust refuses stands in the log as it came.
        using var hostile = new TestContext("/a\",\"outcome\":\"x\n{\u2028\u0085?q=\ud800", "G\"E\\T", "198.51.100.7", ("Host", "h\u0001\"\\\ud800"));
        var passage = new Passage(1);
        passage.Begin(hostile.Http, glass.Store.Current, 0);
        passage.Rejection = new(Place.Trust, "target", 400, "target", Replaceable: false);
        log.Add(glass.Store.Current.AccessLog!, passage, new(RequestOutcome.Refused, Place.Trust), 1);
        await log.DisposeAsync();

        var line = Assert.Single(Lines);
        var fields = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(line)!;
        Assert.Equal(("refused", "G\"E\\T"), (fields["outcome"].GetString(), fields["method"].GetString()));
        Assert.StartsWith("/a\",\"outcome\":\"x\n{", fields["url"].GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain(line, static c => c is '\u2028' or '\u0085' or < ' ');
        Assert.Equal(fields.Count, JsonDocument.Parse(line).RootElement.EnumerateObject().Count());
    }

    [Theory]
    [InlineData("198.51.100.7", "203.0.113.7", "198.51.100.7", "stranger", null)]
    [InlineData("10.0.0.1", "203.0.113.7", "10.0.0.1", "unproven", null)]
    [InlineData("10.0.0.1;good", "", "10.0.0.1", "unnamed", null)]
    [InlineData("10.0.0.1;good", "6.6.6.6, 203.0.113.7, 10.0.0.2", "203.0.113.7", "untrusted", "X-Forwarded-For")]
    [InlineData("10.0.0.1;good", "10.0.0.3, 10.0.0.2", "10.0.0.3", "all-trusted", "X-Forwarded-For")]
    [InlineData("10.0.0.1;good", "203.0.113.7, unknown, 10.0.0.2", "10.0.0.2", "no-address", "X-Forwarded-For")]
    public async Task The_peer_the_client_and_how_it_was_derived_are_three_facts(string from, string named, string client, string derivation, string? header)
    {
        var secret = Path.Combine(_folder, "proof");
        await File.WriteAllTextAsync(secret, "good-enough-a-secret");
        using var glass = new Glass($$"""
            { "edge": { "trustedProxies": [ "10.0.0.0/8" ], "proof": { "header": "X-Edge-Proof", "secret": "file:{{secret}}" } },
              "accessLog": { "client": "address" }, {{Rest}} }
            """);
        var log = Open(glass);
        var proof = from.EndsWith(";good", StringComparison.Ordinal);
        var peer = from.Split(';')[0];
        Add(log, glass, new TestContext("/a", "GET", peer, [("X-Edge-Proof", proof ? "good-enough-a-secret" : "bad"), .. named.Length > 0 ? [("X-Forwarded-For", named)] : Array.Empty<(string, string)>()]));
        await log.DisposeAsync();

        var line = JsonDocument.Parse(Assert.Single(Lines)).RootElement;
        Assert.Equal(
            (peer, client, derivation, header),
            (line.GetProperty("peer").GetString(), line.GetProperty("client").GetString(), line.GetProperty("derivation").GetString(), line.TryGetProperty("derivedFrom", out var read) ? read.GetString() : null));
    }

    [Fact]
    public void Each_way_to_derive_a_client_has_a_word_of_its_own() =>
        Assert.Distinct(Enum.GetValues<DerivationEnd>().Select(static end => end.Word()));

    [Fact]
    public async Task A_client_is_the_same_hash_after_a_restart_and_the_hash_is_not_its_address()
    {
        using var glass = new Glass(Policy("{}"));
        for (var run = 0; run < 2; run++)
        {
            var log = Open(glass);
            Add(log, glass, new TestContext("/a", "GET", "198.51.100.7"));
            Add(log, glass, new TestContext("/a", "GET", "198.51.100.8"));
            await log.DisposeAsync();
        }

        var clients = Lines.Select(static l => JsonDocument.Parse(l).RootElement.GetProperty("client").GetString()!).ToArray();
        Assert.Equal(4, clients.Length);
        Assert.All(clients, static c => Assert.Matches("^[0-9a-f]{16}$", c));
        Assert.Equal((clients[0], clients[1]), (clients[2], clients[3]));
        Assert.NotEqual(clients[0], clients[1]);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_folder, "access.key")));
        }
    }

    [Fact]
    public async Task A_secret_of_the_fleet_makes_a_client_the_same_on_all_gateways()
    {
        var secret = Path.Combine(_folder, "secret");
        await File.WriteAllTextAsync(secret, "one for all");
        var other = Directory.CreateDirectory(Path.Combine(_folder, "other")).FullName;
        using var glass = new Glass(Policy($$"""{ "hashSecret": "file:{{secret}}" }"""));
        foreach (var folder in new[] { _folder, other })
        {
            var log = new AccessLog(() => glass.Store.Current.AccessLog, new StateFolder(folder, glass.Log), static () => Stream.Null, glass.Clock, glass.Log);
            Add(log, glass, new TestContext("/a", "GET", "198.51.100.7"));
            await log.DisposeAsync();
        }

        Assert.Equal(Client(_folder), Client(other));
        Assert.False(File.Exists(Path.Combine(_folder, "access.key")));

        static string Client(string folder) => JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "access.jsonl"))).RootElement.GetProperty("client").GetString()!;
    }

    [Fact]
    public async Task Of_a_share_of_the_clients_each_is_in_whole_or_not_at_all()
    {
        using var glass = new Glass(Policy("""{ "fraction": 0.3, "client": "address" }"""));
        var log = Open(glass);
        for (var i = 0; i < 3000; i++)
        {
            Add(log, glass, new TestContext("/a", "GET", $"198.51.{i % 1000 / 250}.{i % 250}"));
        }

        await log.DisposeAsync();

        var clients = Lines.Select(static l => JsonDocument.Parse(l).RootElement.GetProperty("client").GetString()!).GroupBy(static c => c).ToArray();
        Assert.All(clients, static c => Assert.Equal(3, c.Count()));
        Assert.InRange(clients.Length, 250, 350);
    }

    [Fact]
    public async Task Queries_and_clients_can_be_left_out()
    {
        using var glass = new Glass(Policy("""{ "query": false, "client": "none" }"""));
        var log = Open(glass);
        Add(log, glass, new TestContext("/a?token=secret", "GET", "198.51.100.7"));
        await log.DisposeAsync();

        var fields = JsonDocument.Parse(Assert.Single(Lines)).RootElement;
        Assert.Equal("/a", fields.GetProperty("url").GetString());
        Assert.False(fields.TryGetProperty("client", out _) || fields.TryGetProperty("peer", out _));
        Assert.False(File.Exists(Path.Combine(_folder, "access.key")));
    }

    [Fact]
    public async Task A_line_is_written_also_where_the_log_was_turned_on_and_off_between_two_turns()
    {
        using var glass = new Glass(Policy("{}"));
        var log = Open(glass);
        Add(log, glass, new TestContext("/a"));
        glass.Apply($"{{ {Rest} }}");
        await log.DisposeAsync();

        Assert.Single(Lines);
    }

    [Fact]
    public async Task What_cannot_be_written_is_counted_and_told_once_and_the_next_is_written_again()
    {
        using var glass = new Glass(Policy("{}"));
        // Nothing can be appended to a folder.
        var inTheWay = Directory.CreateDirectory(Path.Combine(_folder, "access.jsonl"));
        var log = Open(glass);
        for (var i = 1; i <= 3; i++)
        {
            Add(log, glass, new TestContext("/a"));
            await Eventually.TrueAsync(() => { glass.Clock.Advance(TimeSpan.FromMilliseconds(100)); return log.Dropped == i; }, "the line is counted as lost");
        }

        inTheWay.Delete();
        Add(log, glass, new TestContext("/a"));
        await log.DisposeAsync();

        Assert.Equal((1, 3, 1), (log.Written, log.Dropped, Lines.Length));
        Assert.Single(glass.Log.Lines, static l => l.Text.Contains("cannot be written", StringComparison.Ordinal));
        Assert.Single(glass.Log.Lines, static l => l.Text.Contains("written again; 3", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_pipe_that_nobody_reads_costs_lines_and_no_request_waits()
    {
        using var glass = new Glass(Policy("""{ "to": "stdout" }"""));
        using var pipe = new StuckStream();
        var log = Open(glass, pipe);
        Add(log, glass, new TestContext("/a"));
        // Whoever moves the clock may be the one that writes; and the writer's own clock may not have begun.
        var moved = Task.Run(async () =>
        {
            while (!pipe.IsStuck)
            {
                glass.Clock.Advance(TimeSpan.FromMilliseconds(100));
                await Task.Yield();
            }
        });
        await Eventually.TrueAsync(() => pipe.IsStuck, "the writer is stuck");

        var request = new TestContext("/" + new string('a', 4000));
        var passage = glass.Enter(request);
        for (var i = 0; i < 2000; i++)
        {
            log.Add(glass.Store.Current.AccessLog!, passage, new(RequestOutcome.Served, Place.Forward), 1);
        }

        Assert.InRange(log.Dropped, 900, 1100);
        pipe.Release();
        await moved;
        await log.DisposeAsync();
        Assert.Equal(2001, log.Written + log.Dropped);
        Assert.Equal(log.Written, pipe.Lines);
    }

    [Fact]
    public void A_line_costs_no_object()
    {
        using var glass = new Glass(Policy("{}"));
        var log = Open(glass);
        var passage = glass.Enter(new TestContext("/products/1?colour=red"));
        var plan = glass.Store.Current.AccessLog!;

        Assert.Equal(0, Allocated.Per(() => log.Add(plan, passage, new(RequestOutcome.Served, Place.Forward), 1)));
    }

    private sealed class StuckStream : MemoryStream
    {
        private readonly ManualResetEventSlim _released = new();
        private long _lines;

        public bool IsStuck { get; private set; }

        public long Lines => _lines;

        public void Release() => _released.Set();

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            IsStuck = true;
            _released.Wait(TimeSpan.FromSeconds(60));
            _lines += buffer.Count((byte)'\n');
        }

        protected override void Dispose(bool disposing)
        {
            _released.Dispose();
            base.Dispose(disposing);
        }
    }
}
