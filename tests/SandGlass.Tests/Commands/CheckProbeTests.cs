using System.Net.Sockets;
using System.Text.Json;
using SandGlass.Commands;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Commands;

[Collection(nameof(RealTime))]
public sealed class CheckProbeTests : IAsyncLifetime
{
    /// <summary>The second that everybody has is for answering, not for compiling what asks.</summary>
    public async ValueTask InitializeAsync()
    {
        await using var origin = await TestOrigin.SayingAsync("warm");
        await CheckAsync(Policy($"\"a\": \"{origin.Address}\"", "\"health\": {}"), "--probe");
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Says_who_lives_who_is_dead_and_who_hangs()
    {
        await using var living = await TestOrigin.SayingAsync("well");
        await using var ill = await TestOrigin.StartAsync(static http =>
        {
            http.Response.StatusCode = 500;
            return Task.CompletedTask;
        });
        await using var other = await TestOrigin.StartAsync(static _ => Task.CompletedTask, http2: true);
        await using var hanging = new RawOrigin(static exchange => exchange.HangAsync());
        await using var strange = RawOrigin.Sending("SSH-2.0-OpenSSH\r\n");
        var dead = $"http://127.0.0.1:{FreePort()}";
        var policy = Policy(
            $"\"a\": \"{living.Address}\", \"b\": \"{dead}\", \"c\": \"{hanging.Address}\", \"d\": \"{ill.Address}\", \"e\": \"{other.Address}\", \"f\": \"{strange.Address}\", \"g\": \"http://name.invalid\"",
            "\"health\": { \"path\": \"/well\" }");

        var (code, lines) = await CheckAsync(policy, "--probe");

        Assert.Equal(1, code);
        Assert.Matches($"^ok   backend marketing/a {living.Address}: GET /well is 200 \\([0-9]+ ms\\)$", Line(lines, "/a "));
        Assert.Equal($"FAIL backend marketing/b {dead}: connection refused; start it, or correct the address", Line(lines, "/b "));
        Assert.Equal($"FAIL backend marketing/c {hanging.Address}: no answer within 1 s; look whether it is overloaded, or a firewall swallows packets", Line(lines, "/c "));
        Assert.Equal($"FAIL backend marketing/d {ill.Address}: GET /well is 500, not 2xx; look at its log, or correct health.path", Line(lines, "/d "));
        Assert.StartsWith($"ok   backend marketing/e {other.Address}: GET /well is 200", Line(lines, "/e "), StringComparison.Ordinal);
        Assert.Equal($"FAIL backend marketing/f {strange.Address}: what answers there does not speak this version of HTTP; correct port or scheme", Line(lines, "/f "));
        Assert.StartsWith("FAIL backend marketing/g http://name.invalid: ", Line(lines, "/g "), StringComparison.Ordinal);
        Assert.Matches("5 of 11 not ready", lines[^1]);
        Assert.Equal("/well", living.Only.Target);
    }

    [Fact]
    public async Task Only_connects_where_no_health_path_is_written()
    {
        await using var hanging = new RawOrigin(static exchange => exchange.HangAsync());

        var (code, lines) = await CheckAsync(Policy($"\"a\": \"{hanging.Address}\""), "--probe");

        Assert.Equal(0, code);
        Assert.Matches($"^ok   backend marketing/a {hanging.Address} \\([0-9]+ ms\\)$", Line(lines, "/a "));
        Assert.Empty(hanging.Heads);
    }

    [Fact]
    public async Task Asks_Redis_without_logging_in()
    {
        await using var open = new RedisOrigin("+PONG\r\n");
        await using var guarded = new RedisOrigin("-NOAUTH Authentication required.\r\n");
        await using var loading = new RedisOrigin("-LOADING Redis is loading\u001b[31m the dataset\r\n");
        await using var hanging = new RedisOrigin(string.Empty);
        await using var origin = await TestOrigin.SayingAsync("well");
        var redis = $"{open.Address},{guarded.Address},{loading.Address},{hanging.Address},abortConnect=false";

        var (code, lines) = await CheckAsync(Policy($"\"a\": \"{origin.Address}\"", sections: $"\"fleet\": {{ \"redis\": \"{redis}\" }}"), "--probe");

        Assert.Equal(1, code);
        Assert.StartsWith($"ok   redis {open.Address}: answers PONG, without a password", Line(lines, open.Address), StringComparison.Ordinal);
        Assert.StartsWith($"ok   redis {guarded.Address}: answers, and wants a password (NOAUTH)", Line(lines, guarded.Address), StringComparison.Ordinal);
        Assert.StartsWith($"FAIL redis {loading.Address}: answered \"-LOADING Redis is loading\\u001b[31m", Line(lines, loading.Address), StringComparison.Ordinal);
        Assert.StartsWith($"FAIL redis {hanging.Address}: no answer within 1 s", Line(lines, hanging.Address), StringComparison.Ordinal);
        Assert.Equal("PING\r\n", open.Asked);
    }

    [Fact]
    public async Task Tells_secrets_and_the_machine_and_never_what_a_secret_is()
    {
        await using var origin = await TestOrigin.SayingAsync("well");
        var file = Path.Combine(TestFolder.New("secret-"), "redis");
        await File.WriteAllTextAsync(file, $"redis://:ge,he/i@m@127.0.0.1:{FreePort()}/0");

        var (code, lines) = await CheckAsync(
            Policy($"\"a\": \"{origin.Address}\"", sections: $"\"edge\": {{ \"proof\": {{ \"secret\": \"env:SANDGLASS_NEVER_SET\" }} }}, \"fleet\": {{ \"redis\": \"file:{file}\" }}"), "--probe");

        Assert.Equal(1, code);
        Assert.Equal("FAIL secret edge.proof.secret env:SANDGLASS_NEVER_SET: not set here; set it where the gateway runs", Line(lines, "FAIL secret"));
        Assert.Equal($"ok   secret fleet.redis file:{file}: is there", Line(lines, "ok   secret"));
        Assert.Matches("FAIL redis 127.0.0.1:[0-9]+: connection refused", Line(lines, " redis "));
        Assert.DoesNotContain(lines, static line => line.Contains("ge,", StringComparison.Ordinal) || line.Contains("i@m", StringComparison.Ordinal));
        Assert.Equal(["CPUs", "open files", "free memory", "local ports"], lines.Where(static line => line.Contains(" machine ", StringComparison.Ordinal)).Select(static line => line[13..].Split(':')[0]));
    }

    [Fact]
    public async Task Warns_of_fallbacks_that_would_be_missed_in_the_disaster()
    {
        await using var origin = await TestOrigin.SayingAsync("well");
        var policy = Policy(
            $"\"a\": \"{origin.Address}\"",
            sections: "\"fallbacks\": { \"again\": { \"backend\": \"marketing\", \"else\": \"other\" }, \"other\": { \"backend\": \"spare\", \"else\": \"good\" }, \"good\": { \"lastGood\": \"1m\", \"else\": \"busy\" }, \"busy\": { \"body\": \"\" } }")
            .Replace("\"backends\": {", $"\"backends\": {{ \"spare\": {{ \"destinations\": {{ \"a\": \"http://127.0.0.1:{FreePort()}\" }} }},", StringComparison.Ordinal);

        var (_, lines) = await CheckAsync(policy, "--probe");

        Assert.Contains("ok   fallback again: backend marketing answers", lines);
        Assert.Contains("warn fallback other: backend spare does not answer, so it is good instead; start it", lines);
        Assert.Contains("warn fallback good: only a running gateway knows its good answers; name it with --admin URL", lines);
        Assert.Matches("1 of 9 not ready", lines[^1]);
    }

    [Fact]
    public async Task Adds_what_it_found_to_the_JSON()
    {
        await using var origin = await TestOrigin.SayingAsync("well");
        var dead = $"http://127.0.0.1:{FreePort()}";

        var (code, lines) = await CheckAsync(Policy($"\"a\": \"{origin.Address}\", \"b\": \"{dead}\""), "--probe", "--json");

        using var json = JsonDocument.Parse(string.Join('\n', lines));
        Assert.Equal(1, code);
        Assert.True(json.RootElement.GetProperty("valid").GetBoolean());
        var first = json.RootElement.GetProperty("probe")[0];
        Assert.Equal(("backend", $"marketing/a {origin.Address}", true), (first.GetProperty("what").GetString(), first.GetProperty("name").GetString(), first.GetProperty("ok").GetBoolean()));
        Assert.InRange(first.GetProperty("milliseconds").GetDouble(), 0, 2_000);
        Assert.Equal("connection refused; start it, or correct the address", json.RootElement.GetProperty("probe")[1].GetProperty("detail").GetString());
    }

    [Fact]
    public async Task Asks_nobody_for_a_policy_that_is_not_valid()
    {
        await using var origin = await TestOrigin.SayingAsync("well");

        var (code, lines) = await CheckAsync(Policy($"\"a\": \"{origin.Address}\"", "\"tiemout\": 1, \"health\": {}"), "--probe");

        Assert.Equal(1, code);
        Assert.Equal(0, origin.Count);
        Assert.DoesNotContain(lines, static line => line.StartsWith("ok", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Is_not_told_as_SARIF()
    {
        using var error = new StringWriter();

        Assert.Equal(2, await CommandLine.InvokeAsync(["check", "any.json", "--probe", "--sarif"], TextWriter.Null, error));
        Assert.StartsWith("sandglass: SARIF has no place for", error.ToString(), StringComparison.Ordinal);
    }

    private static async Task<(int Code, string[] Lines)> CheckAsync(string policy, params string[] options)
    {
        var file = Path.Combine(TestFolder.New("check-"), "policy.json");
        await File.WriteAllTextAsync(file, policy);
        using var output = new StringWriter();
        var code = await CommandLine.InvokeAsync(["check", file, .. options], output, TextWriter.Null);
        return (code, output.ToString().TrimEnd('\n').Split('\n'));
    }

    // Within what every machine bears.
    private static string Policy(string destinations, string backend = "", string sections = "") => $$"""
        {
          "backends": { "marketing": { "destinations": { {{destinations}} }, "concurrency": { "initial": 4, "max": 8 }{{(backend.Length > 0 ? ", " + backend : "")}} } },
          "cache": { "maxBytes": "1MB" },
          "routes": { "r": { "chain": "marketing", "match": { "path": "/" } } }{{(sections.Length > 0 ? ", " + sections : "")}}
        }
        """;

    private static string Line(string[] lines, string with) => lines.Single(line => line.Contains(with, StringComparison.Ordinal) && (line.StartsWith("ok ", StringComparison.Ordinal) || line.StartsWith("FAIL ", StringComparison.Ordinal)));

    private static int FreePort()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        return ((System.Net.IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
