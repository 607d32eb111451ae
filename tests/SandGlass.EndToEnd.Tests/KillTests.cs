using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using SandGlass.Policy;

namespace SandGlass.EndToEnd.Tests;

/// <summary>
/// kill -9 at any moment of a write: the real program is hammered with changes and killed at moments that dice choose; what is on the disk
/// then, and what the next start makes of it, must be whole, and all that was answered as done must be there.
/// </summary>
public sealed class KillTests : IDisposable
{
    private const int Rounds = 16;
    private const int Seed = 20261111;

    /// <summary>On a slow machine rather fewer rounds than a long test; a few are always made.</summary>
    private static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(40);

    private readonly string _folder = TestFolder.New("kill-");

    // Every policy that was ever put, by revision; and what was answered as done, in order.
    private readonly Dictionary<string, byte[]> _sent = new(StringComparer.Ordinal);
    private readonly List<string> _done = [];
    private readonly List<string> _thrown = [];
    private string _throwing = string.Empty;
    private int _next;

    private string Policy => Path.Combine(_folder, "policy.json");

    private string State => Path.Combine(_folder, "state");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_kill_at_any_moment_leaves_a_whole_policy_history_and_audit()
    {
        await File.WriteAllBytesAsync(Policy, Body(out _));
        var dice = new Random(Seed);
        var clock = TimeProvider.System;
        var began = clock.GetTimestamp();
        var rounds = 0;
        for (; rounds < Rounds && (rounds < 4 || clock.GetElapsedTime(began) < LongEnough); rounds++)
        {
            using var gateway = await ChildGateway.StartAsync(Policy, State);
            await AssertTakenUpAsync(gateway);
            using var stop = new CancellationTokenSource();
            Task[] hammering = [Task.Run(() => PutAsync(gateway, stop.Token)), Task.Run(() => ThrowAsync(gateway, stop.Token))];
            // Counted from the first change that is done, and in ticks of the processor: the kill lands anywhere in a write.
            var before = _done.Count;
            await Eventually.TrueAsync(() => Volatile.Read(ref _next) > 0 && _done.Count > before, "a change is taken");
            await Task.Delay(TimeSpan.FromMilliseconds(dice.Next(250)), clock);
            var spin = Stopwatch.Frequency / 1000.0 * dice.NextDouble() * 4;
            for (var from = Stopwatch.GetTimestamp(); Stopwatch.GetTimestamp() - from < spin;)
            {
                Thread.SpinWait(20);
            }

            await gateway.KillAsync();
            await stop.CancelAsync();
            await Task.WhenAll(hammering);
            AssertWhole();
        }

        using var last = await ChildGateway.StartAsync(Policy, State);
        await AssertTakenUpAsync(last);
        Xunit.TestContext.Current.TestOutputHelper?.WriteLine($"{rounds} kills, {_done.Count} policies and {_thrown.Count} switches answered as done, {_sent.Count} policies sent");
    }

    // Only what the dead process has left, before anybody mends it.
    private void AssertWhole()
    {
        var bytes = File.ReadAllBytes(Policy);
        Assert.True(_sent.TryGetValue(PolicyReader.Revision(bytes), out var sent) && bytes.AsSpan().SequenceEqual(sent), "the policy's file is none of those that were put");
        foreach (var kept in Directory.GetFiles(Path.Combine(State, "policies"), "*.json").Where(static f => Path.GetFileName(f) != "index.json"))
        {
            Assert.Equal(Path.GetFileNameWithoutExtension(kept), PolicyReader.Revision(File.ReadAllBytes(kept)));
        }

        Assert.Contains(PolicyReader.Revision(File.ReadAllBytes(Path.Combine(State, "last-good.json"))), _sent.Keys);
        var index = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(State, "policies", "index.json"))).RootElement;
        Assert.All(index.EnumerateArray(), entry => Assert.True(File.Exists(Path.Combine(State, "policies", entry.GetProperty("revision").GetString() + ".json"))));
        if (File.Exists(Path.Combine(State, "switches.json")))
        {
            JsonDocument.Parse(File.ReadAllBytes(Path.Combine(State, "switches.json"))).Dispose();
        }

        var lines = File.ReadAllText(Path.Combine(State, "audit.jsonl")).Split('\n');
        Assert.All(lines[..^1], static line => JsonDocument.Parse(line).Dispose());
    }

    // What the next start makes of it.
    private async Task AssertTakenUpAsync(ChildGateway gateway)
    {
        Assert.DoesNotContain("last good", gateway.Said, StringComparison.Ordinal);
        Assert.DoesNotContain("makes no sense", gateway.Said, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder, "*.unreadable", SearchOption.AllDirectories));
        Assert.Empty(Directory.GetFiles(State, "*.next", SearchOption.AllDirectories));

        using var current = await gateway.Admin.GetAsync("/api/policy");
        var inForce = current.Headers.ETag!.Tag.Trim('"');
        Assert.Equal(PolicyReader.Revision(await File.ReadAllBytesAsync(Policy)), inForce);
        Assert.Contains(inForce, _sent.Keys);
        var revisions = (await gateway.Admin.GetFromJsonAsync<JsonElement>("/api/policy/revisions")).EnumerateArray().Select(static r => r.GetProperty("revision").GetString()!).ToArray();
        Assert.Equal(inForce, revisions[0]);
        // The history has an end; what is within it is all there, in its order.
        var recent = _done.TakeLast(20).ToArray();
        Assert.Equal(recent, revisions.Reverse().Where(recent.Contains).Distinct());

        var audit = await File.ReadAllLinesAsync(Path.Combine(State, "audit.jsonl")).ContinueWith(static t => t.IsFaulted ? [] : t.Result, TaskScheduler.Default);
        var audited = audit.Select(static line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(_done, audited.Where(static a => a.GetProperty("what").GetString() == "policy").Select(static a => a.GetProperty("after").GetProperty("revision").GetString()!).Where(_done.Contains));
        Assert.Equal(_thrown, audited.Select(static a => a.GetProperty("why").GetString()!).Where(_thrown.Contains));

        var position = (await gateway.Admin.GetFromJsonAsync<JsonElement>("/api/switches"))[0].GetProperty("reason").GetString();
        Assert.True(_thrown.Count == 0 || position == _thrown[^1] || position == _throwing, $"the switch was left by {position}, and last thrown by {_thrown.LastOrDefault()}");
    }

    private async Task PutAsync(ChildGateway gateway, CancellationToken stop)
    {
        try
        {
            using var current = await gateway.Admin.GetAsync("/api/policy", stop);
            var basedOn = current.Headers.ETag!;
            while (!stop.IsCancellationRequested)
            {
                var body = Body(out var revision);
                using var request = new HttpRequestMessage(HttpMethod.Put, "/api/policy?reason=kill") { Content = new ByteArrayContent(body) };
                request.Headers.IfMatch.Add(basedOn);
                using var answer = await gateway.Admin.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
                Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync(stop));
                _done.Add(revision);
                // Nobody else changes it, so what was put stays in force; also against a watcher that has read the file before.
                Assert.Equal($"\"{revision}\"", answer.Headers.ETag!.Tag);
                basedOn = answer.Headers.ETag;
            }
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or OperationCanceledException)
        {
            // Killed.
        }
    }

    private async Task ThrowAsync(ChildGateway gateway, CancellationToken stop)
    {
        try
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                _throwing = $"throw {_thrown.Count}.{i} {Guid.NewGuid():n}";
                using var answer = await gateway.Admin.PutAsJsonAsync("/api/switches/off", new { on = i % 2 == 0, reason = _throwing }, stop);
                Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync(stop));
                _thrown.Add(_throwing);
            }
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or OperationCanceledException)
        {
            // Killed.
        }
    }

    // Of very different lengths, so that a shorter one in the place of a longer one would show its tail.
    private byte[] Body(out string revision)
    {
        var number = Interlocked.Increment(ref _next);
        var body = Encoding.UTF8.GetBytes($$"""
            {
              "name": "number-{{number}}", // {{new string('x', 1 + (number * 7919 % 300_000))}}
              "backends": { "marketing": { "destinations": { "a": "http://127.0.0.1:9" } } },
              "routes": { "all": { "chain": "marketing", "match": { "path": "/{**rest}" }, "timeout": "10s" } },
              "switches": { "off": { "chains": [ "*" ], "do": { "refuse": {} } } }
            }
            """);
        revision = PolicyReader.Revision(body);
        lock (_sent)
        {
            _sent[revision] = body;
        }

        return body;
    }
}
