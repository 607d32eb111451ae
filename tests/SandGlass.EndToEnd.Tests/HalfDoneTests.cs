using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using SandGlass.Policy;

namespace SandGlass.EndToEnd.Tests;

/// <summary>
/// A write that stopped at each of its steps, laid out on the disk by hand: PUT writes a file beside the policy, renames it, keeps the
/// policy in the history, names it in the index, writes last-good.json, and then the audit. Whatever the step, the next start is a whole one.
/// </summary>
public sealed class HalfDoneTests : IDisposable
{
    // A number that no process has: the largest that Linux gives is below.
    private const int Gone = 1 << 30;

    private readonly string _folder = TestFolder.New("half-");
    private readonly byte[] _old = Encoding.UTF8.GetBytes(Saying("old"));
    private readonly byte[] _new = Encoding.UTF8.GetBytes(Saying("new"));

    private string Policy => Path.Combine(_folder, "policy.json");

    private string State => Path.Combine(_folder, "state");

    private string Kept(byte[] policy) => Path.Combine(State, "policies", PolicyReader.Revision(policy) + ".json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string, string, bool> Steps => new()
    {
        { "nothing yet", "old", false },
        { "the file beside it is torn", "old", false },
        { "the file beside it is whole", "old", false },
        { "renamed", "new", true },
        { "renamed, the history's file is torn", "new", true },
        { "renamed, the history has the file", "new", true },
        { "renamed, the index is torn", "new", true },
        { "renamed, the index names it", "new", false },
        { "renamed, last-good is torn", "new", false },
        { "renamed, last-good has it", "new", false },
        { "all but the audit", "new", false },
    };

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task A_put_that_stopped_anywhere_leaves_the_old_policy_or_the_new_one_and_a_whole_history(string step, string says, bool foundAtTheStart)
    {
        await FirstAsync();
        await LayOutAsync(step);

        await using var gateway = await StartAsync();

        Assert.Equal(says, await gateway.Client.GetStringAsync("/"));
        Assert.Equal("none", (await gateway.StatusAsync()).GetProperty("policy").GetProperty("lastReload").GetString());
        var revisions = (await gateway.Admin.GetFromJsonAsync<JsonElement>("/api/policy/revisions")).EnumerateArray().ToArray();
        string[] expected = says == "new" ? [PolicyReader.Revision(_new), PolicyReader.Revision(_old)] : [PolicyReader.Revision(_old)];
        Assert.Equal(expected, revisions.Select(static r => r.GetProperty("revision").GetString()!));
        Assert.True(!foundAtTheStart || revisions[0].GetProperty("by").GetString() == "file");
        Assert.Equal(says == "new" ? _new : _old, await File.ReadAllBytesAsync(Path.Combine(State, "last-good.json")));
        Assert.Empty(Directory.GetFiles(State, "*.next", SearchOption.AllDirectories));

        // And the next change goes its whole way.
        await PutAsync(gateway, Encoding.UTF8.GetBytes(Saying("next")));
        Assert.Equal("next", await gateway.Client.GetStringAsync("/"));
        Assert.Empty(Directory.GetFiles(_folder, "*.next"));
        Assert.Equal(expected.Length + 1, (await gateway.Admin.GetFromJsonAsync<JsonElement>("/api/policy/revisions")).GetArrayLength());
    }

    private async Task LayOutAsync(string step)
    {
        var steps = Steps.Select(static s => s.Data.Item1).ToArray();
        var at = Array.IndexOf(steps, step);
        var next = $".{Gone}.next";
        switch (step)
        {
            case "the file beside it is torn":
                await File.WriteAllBytesAsync(Policy + next, _new[..20]);
                break;
            case "the file beside it is whole":
                await File.WriteAllBytesAsync(Policy + next, _new);
                break;
            case "renamed, the history's file is torn":
                await File.WriteAllBytesAsync(Kept(_new) + next, _new[..20]);
                break;
            case "renamed, the index is torn":
                await File.WriteAllTextAsync(Path.Combine(State, "policies", "index.json") + next, "[{\"rev");
                break;
            case "renamed, last-good is torn":
                await File.WriteAllBytesAsync(Path.Combine(State, "last-good.json") + next, _new[..20]);
                break;
        }

        if (at >= Array.IndexOf(steps, "renamed"))
        {
            await File.WriteAllBytesAsync(Policy, _new);
        }

        if (at >= Array.IndexOf(steps, "renamed, the history has the file"))
        {
            await File.WriteAllBytesAsync(Kept(_new), _new);
        }

        if (at >= Array.IndexOf(steps, "renamed, the index names it"))
        {
            var index = await File.ReadAllTextAsync(Path.Combine(State, "policies", "index.json"));
            await File.WriteAllTextAsync(
                Path.Combine(State, "policies", "index.json"),
                $$"""[{"revision":"{{PolicyReader.Revision(_new)}}","at":"2026-11-11T00:00:00+00:00","by":"admin","reason":"x"},{{index[1..]}}""");
        }

        if (at >= Array.IndexOf(steps, "renamed, last-good has it"))
        {
            await File.WriteAllBytesAsync(Path.Combine(State, "last-good.json"), _new);
        }
    }

    [Theory]
    [InlineData("{\"at\":\"2026-11-11T00:00:00Z\",\"by\":\"adm", 1)]
    [InlineData("{\"at\":\"2026-11-11T00:00:00Z\",\"why\":\"\u53cc", 1, true)]
    [InlineData("{\"at\":\"2026-11-11T00:00:00Z\",\"by\":\"admin\",\"why\":\"whole but for its end\"}", 2)]
    [InlineData("{\"at\":\"2026-11-11T00:00:00Z\",\"by\":\"admin\",\"why\":\"whole\"}\n", 2)]
    [InlineData("\0\0\0\0\0\0\0\0", 1)]
    [InlineData("", 1)]
    public async Task A_torn_line_of_the_audit_is_ended_and_not_glued_to_the_next(string torn, int told, bool cutACharacter = false)
    {
        await FirstAsync();
        var bytes = Encoding.UTF8.GetBytes(torn);
        await File.WriteAllBytesAsync(Path.Combine(State, "audit.jsonl"), cutACharacter ? bytes[..^1] : bytes);
        await using var gateway = await StartAsync();

        await PutAsync(gateway, _new);

        var lines = (await gateway.Admin.GetFromJsonAsync<JsonElement>("/api/audit")).EnumerateArray().ToArray();
        Assert.Equal(told, lines.Length);
        Assert.Equal(PolicyReader.Revision(_new), lines[^1].GetProperty("after").GetProperty("revision").GetString());
        Assert.Equal(PolicyReader.Revision(_new), JsonDocument.Parse((await File.ReadAllLinesAsync(Path.Combine(State, "audit.jsonl")))[^1]).RootElement.GetProperty("after").GetProperty("revision").GetString());
    }

    [Theory]
    [InlineData("switches.json")]
    [InlineData("policies/index.json")]
    [InlineData("last-good.json")]
    public async Task A_state_file_that_makes_no_sense_is_set_aside_or_written_anew(string name)
    {
        await FirstAsync();
        await File.WriteAllTextAsync(Path.Combine(State, name), "{\"half");

        await using var gateway = await StartAsync();

        Assert.Equal("old", await gateway.Client.GetStringAsync("/"));
        Assert.True(name == "last-good.json" || await File.ReadAllTextAsync(Path.Combine(State, name + ".unreadable")) == "{\"half");
        Assert.Equal(_old, await File.ReadAllBytesAsync(Path.Combine(State, "last-good.json")));
        await gateway.SwitchAsync("off", false);
    }

    [Fact]
    public async Task A_switch_whose_write_stopped_is_as_it_was_answered_last()
    {
        await FirstAsync();
        await using (var gateway = await StartAsync())
        {
            await gateway.SwitchAsync("off", true);
        }

        await File.WriteAllTextAsync(Path.Combine(State, $"switches.json.{Gone}.next"), "{\"off\":{\"on\":fal");
        await using var again = await StartAsync();

        Assert.True((await again.Admin.GetFromJsonAsync<JsonElement>("/api/switches"))[0].GetProperty("on").GetBoolean());
        Assert.Empty(Directory.GetFiles(State, "*.next"));
    }

    // A first life, that ended well.
    private async Task FirstAsync()
    {
        await File.WriteAllBytesAsync(Policy, _old);
        await using var gateway = await StartAsync();
        Assert.Equal("old", await gateway.Client.GetStringAsync("/"));
    }

    private Task<TestGateway> StartAsync() => TestGateway.StartAsync(null, static o => o, _folder);

    private static async Task PutAsync(TestGateway gateway, byte[] policy)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, "/api/policy?reason=test") { Content = new ByteArrayContent(policy) };
        request.Headers.IfMatch.Add(new EntityTagHeaderValue($"\"{gateway.Host.Store.Current.Revision}\""));
        using var answer = await gateway.Admin.SendAsync(request);
        answer.EnsureSuccessStatusCode();
    }

    private static string Saying(string text) => $$$"""
        {
          "backends": { "marketing": { "destinations": { "a": "http://127.0.0.1:9" } } },
          "routes": { "all": { "chain": "marketing", "match": { "path": "/{**rest}" }, "answer": "text" } },
          "switches": { "off": { "chains": [ "after-sale" ], "do": { "refuse": {} } } },
          "fallbacks": { "text": { "status": 200, "body": "{{{text}}}" } }
        }
        """;
}
