using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace SandGlass.EndToEnd.Tests;

/// <summary>Changing the policy through the admin API: guarded, all or nothing, kept, and taken back.</summary>
public sealed class PolicyApiTests
{
    [Fact]
    public async Task A_put_without_the_revision_that_it_changes_is_refused()
    {
        await using var origin = await TestOrigin.SayingAsync("hello");
        await using var gateway = await TestGateway.StartAsync(TestGateway.PassThrough, ("origin", origin.Address));
        var policy = await gateway.Admin.GetStringAsync("/api/policy");

        using var bare = await gateway.Admin.PutAsync("/api/policy", new StringContent(policy));
        using var stale = await PutAsync(gateway, policy.Replace("10s", "9s", StringComparison.Ordinal), "000000000000");

        Assert.Equal((428, 412), ((int)bare.StatusCode, (int)stale.StatusCode));
        Assert.Equal(policy, await File.ReadAllTextAsync(gateway.PolicyFile));
    }

    [Fact]
    public async Task A_bad_put_changes_nothing_and_places_every_error()
    {
        await using var origin = await TestOrigin.SayingAsync("hello");
        await using var gateway = await TestGateway.StartAsync(TestGateway.PassThrough, ("origin", origin.Address));
        var before = gateway.Host.Store.Current.Revision;

        using var answer = await PutAsync(gateway, """{ "backends": {}, "ruotes": {} }""", before);

        Assert.Equal(422, (int)answer.StatusCode);
        var errors = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("errors").EnumerateArray().ToArray();
        Assert.Contains(errors, e => e.GetProperty("pointer").GetString() == "/ruotes" && e.GetProperty("line").GetInt32() == 1 && e.GetProperty("column").GetInt32() == 19);
        Assert.Equal(before, gateway.Host.Store.Current.Revision);
    }

    [Fact]
    public async Task A_change_that_was_made_is_not_called_undone_because_it_cannot_be_written_down()
    {
        await using var origin = await TestOrigin.SayingAsync("hello");
        await using var gateway = await TestGateway.StartAsync(
            TestGateway.PassThrough.TrimEnd()[..^1] + """, "switches": { "s": { "routes": [ "all" ], "do": { "refuse": {} } } } }""", ("origin", origin.Address));
        var policy = await gateway.Admin.GetStringAsync("/api/policy");
        var state = Path.Combine(gateway.Folder, "state");
        Directory.Delete(Path.Combine(state, "policies"), recursive: true);
        await File.WriteAllTextAsync(Path.Combine(state, "policies"), "no folder");
        File.Delete(Path.Combine(state, "audit.jsonl"));
        Directory.CreateDirectory(Path.Combine(state, "audit.jsonl"));

        using var put = await PutAsync(gateway, policy.Replace("10s", "9s", StringComparison.Ordinal), gateway.Host.Store.Current.Revision);
        using var thrown = await gateway.Admin.PutAsJsonAsync("/api/switches/s", new { on = true, reason = "the disk is full" });
        using var refused = await gateway.Client.GetAsync("/");

        var answer = await put.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal((200, 200, 503), ((int)put.StatusCode, (int)thrown.StatusCode, (int)refused.StatusCode));
        Assert.Equal(gateway.Host.Store.Current.Revision, answer.GetProperty("revision").GetString());
        Assert.Contains("9s", await File.ReadAllTextAsync(gateway.PolicyFile), StringComparison.Ordinal);
        var notKept = answer.GetProperty("notKept").EnumerateArray().Select(static n => n.GetString()!).ToArray();
        Assert.StartsWith("the history cannot be written", notKept[0], StringComparison.Ordinal);
        Assert.StartsWith("audit.jsonl cannot be written", notKept[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_put_is_in_force_and_in_the_file_and_a_rollback_takes_it_back()
    {
        await using var origin = await TestOrigin.SayingAsync("hello");
        await using var gateway = await TestGateway.StartAsync(TestGateway.PassThrough, ("origin", origin.Address));
        var first = gateway.Host.Store.Current.Revision;
        var policy = await gateway.Admin.GetStringAsync("/api/policy");
        var changed = policy.Replace("10s", "9s", StringComparison.Ordinal);

        using var put = await PutAsync(gateway, changed, first);

        Assert.Equal(200, (int)put.StatusCode);
        Assert.Equal(changed, await File.ReadAllTextAsync(gateway.PolicyFile));
        var second = gateway.Host.Store.Current.Revision;
        Assert.Equal($"\"{second}\"", put.Headers.ETag!.Tag);
        var revisions = await gateway.Admin.GetFromJsonAsync<JsonElement>("/api/policy/revisions");
        Assert.Equal([second, first], revisions.EnumerateArray().Select(r => r.GetProperty("revision").GetString()!));
        Assert.Equal("route all: timeout 10s → 9s", revisions[0].GetProperty("changes")[0].GetString());

        using var unknown = await gateway.Admin.PostAsJsonAsync("/api/policy/rollback", new { revision = "ffffffffffff", reason = "no such" });
        using var mute = await gateway.Admin.PostAsJsonAsync("/api/policy/rollback", new { revision = first, reason = " " });
        using var back = await gateway.Admin.PostAsJsonAsync("/api/policy/rollback", new { revision = first, reason = "9s was too short" });

        Assert.Equal((404, 422, 200), ((int)unknown.StatusCode, (int)mute.StatusCode, (int)back.StatusCode));
        Assert.Equal(first, gateway.Host.Store.Current.Revision);
        Assert.Equal(policy, await File.ReadAllTextAsync(gateway.PolicyFile));
        var audit = await gateway.Admin.GetFromJsonAsync<JsonElement>("/api/audit");
        Assert.Equal(["policy", $"policy rollback to {first}"], audit.EnumerateArray().Select(l => l.GetProperty("what").GetString()!));
        Assert.Equal("9s was too short", audit[1].GetProperty("why").GetString());
    }

    [Fact]
    public async Task Over_a_rejected_file_goes_only_who_has_seen_it()
    {
        await using var origin = await TestOrigin.SayingAsync("hello");
        await using var gateway = await TestGateway.StartAsync(TestGateway.PassThrough, ("origin", origin.Address));
        var inForce = gateway.Host.Store.Current.Revision;
        var policy = await gateway.Admin.GetStringAsync("/api/policy");
        await File.WriteAllTextAsync(gateway.PolicyFile, policy.Replace("timeout", "tiemout", StringComparison.Ordinal));
        gateway.Host.Reload();
        await Eventually.TrueAsync(() => gateway.Host.Store.Reloads.Rejected == 1, "the file is rejected");

        using var file = await gateway.Admin.GetAsync("/api/policy/file");
        var revision = file.Headers.ETag!.Tag.Trim('"');
        using var blind = await PutAsync(gateway, policy.Replace("10s", "9s", StringComparison.Ordinal), inForce);
        using var seen = await PutAsync(gateway, policy.Replace("10s", "8s", StringComparison.Ordinal), revision);

        Assert.Contains("tiemout", await file.TextAsync(), StringComparison.Ordinal);
        Assert.Equal((412, 200), ((int)blind.StatusCode, (int)seen.StatusCode));
        Assert.Contains($"changed meanwhile to revision {revision}, which is not in force ({inForce} is)", await blind.TextAsync(), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, (await gateway.StatusAsync()).GetProperty("policy").GetProperty("rejected").ValueKind);
    }

    [Fact]
    public async Task Checking_tells_what_would_change_and_changes_nothing()
    {
        await using var gateway = await TestGateway.StartAsync(TestGateway.PassThrough, ("origin", "http://127.0.0.1:9"));
        var policy = await gateway.Admin.GetStringAsync("/api/policy");

        using var answer = await gateway.Admin.PostAsync("/api/policy/validate", new StringContent(policy.Replace("10s", "9s", StringComparison.Ordinal)));
        using var broken = await gateway.Admin.PostAsync("/api/policy/validate", new StringContent("{"));

        var change = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("details")[0];
        Assert.Equal(
            ("routes", "route all", "timeout", "changed", "10s", "9s", "route all: timeout 10s → 9s"),
            (Text(change, "section"), Text(change, "subject"), Text(change, "path"), Text(change, "kind"), Text(change, "before"), Text(change, "after"), Text(change, "text")));
        Assert.Equal(JsonValueKind.Null, (await broken.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("details").ValueKind);
        Assert.Equal(policy, await File.ReadAllTextAsync(gateway.PolicyFile));
    }

    [Fact]
    public async Task A_viewer_is_told_so_and_may_ask_but_not_check_or_change()
    {
        await using var gateway = await TestGateway.StartAsync(
            TestGateway.PassThrough, static o => o with { AdminToken = "the-admin", ViewerToken = "the-viewer" }, null, ("origin", "http://127.0.0.1:9"));

        async Task<(int Status, string Body)> AskAsync(HttpMethod method, string path, string token)
        {
            using var answer = await gateway.Admin.SendAsync(method, path, method == HttpMethod.Get ? null : new StringContent("{}"), ("Authorization", $"Bearer {token}"));
            return ((int)answer.StatusCode, await answer.TextAsync());
        }

        Assert.Equal((200, """{"role":"viewer"}"""), await AskAsync(HttpMethod.Get, "api/me", "the-viewer"));
        Assert.Equal((200, """{"role":"admin"}"""), await AskAsync(HttpMethod.Get, "api/me", "the-admin"));
        Assert.Equal(200, (await AskAsync(HttpMethod.Get, "api/policy/revisions", "the-viewer")).Status);
        Assert.Equal(403, (await AskAsync(HttpMethod.Post, "api/policy/validate", "the-viewer")).Status);
        Assert.Equal(403, (await AskAsync(HttpMethod.Post, "api/policy/rollback", "the-viewer")).Status);
        Assert.NotEqual(403, (await AskAsync(HttpMethod.Post, "api/explain", "the-viewer")).Status);
    }

    private static string? Text(JsonElement of, string name) => of.GetProperty(name).GetString();

    private static async Task<HttpResponseMessage> PutAsync(TestGateway gateway, string policy, string basedOn)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, "/api/policy") { Content = new StringContent(policy) };
        request.Headers.IfMatch.Add(new EntityTagHeaderValue($"\"{basedOn}\""));
        return await gateway.Admin.SendAsync(request);
    }
}
