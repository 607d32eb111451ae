using SandGlass.Hosting;

namespace SandGlass.EndToEnd.Tests;

/// <summary>The policy's file changes under a running gateway: taken whole or not at all, whichever way it is written.</summary>
public sealed class ReloadTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData("in place")]
    [InlineData("by rename")]
    [InlineData("by a symlink swap")]
    public async Task A_change_is_taken_whichever_way_it_is_written(string way)
    {
        var folder = TestFolder.New("e2e-");
        var file = Path.Combine(folder, "policy.json");
        try
        {
            // As Kubernetes mounts a ConfigMap: policy.json → ..data/policy.json, ..data → ..1, and a change swaps ..data.
            Directory.CreateDirectory(Path.Combine(folder, "..1"));
            Directory.CreateDirectory(Path.Combine(folder, "..2"));
            await File.WriteAllTextAsync(Path.Combine(folder, "..1", "policy.json"), Saying("one"));
            await File.WriteAllTextAsync(Path.Combine(folder, "..2", "policy.json"), Saying("two"));
            if (way == "by a symlink swap")
            {
                Directory.CreateSymbolicLink(Path.Combine(folder, "..data"), "..1");
                File.CreateSymbolicLink(file, Path.Combine("..data", "policy.json"));
            }
            else
            {
                File.Copy(Path.Combine(folder, "..1", "policy.json"), file);
            }

            await using var gateway = await TestGateway.StartAsync(null, static o => o, folder);
            Assert.Equal("one", await gateway.Client.GetStringAsync("/"));
            var began = TimeProvider.System.GetTimestamp();
            switch (way)
            {
                case "in place":
                    await File.WriteAllTextAsync(file, Saying("two"));
                    break;
                case "by rename":
                    await File.WriteAllTextAsync(file + ".new", Saying("two"));
                    File.Move(file + ".new", file, overwrite: true);
                    break;
                default:
                    Directory.CreateSymbolicLink(Path.Combine(folder, "..tmp"), "..2");
                    // rename(2) of the link itself, which File.Move does not do to a link to a directory.
                    using (var move = System.Diagnostics.Process.Start("mv", ["-fT", Path.Combine(folder, "..tmp"), Path.Combine(folder, "..data")]))
                    {
                        await move.WaitForExitAsync();
                        Assert.Equal(0, move.ExitCode);
                    }

                    break;
            }

            await Eventually.TrueAsync(async () => await gateway.Client.GetStringAsync("/") == "two", "the new policy answers", Soon);
            Xunit.TestContext.Current.TestOutputHelper?.WriteLine($"{way}: {TimeProvider.System.GetElapsedTime(began).TotalMilliseconds:0} ms");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("\0\0\0\0")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"\ud800": 1}""")]
    [InlineData("""{ "backends": {}, "routes": {} }""")]
    [InlineData("""{ "backends": null, "routes": null }""")]
    public async Task A_broken_file_changes_nothing_and_is_named(string broken)
    {
        await using var gateway = await TestGateway.StartAsync(Saying("one"));
        var revision = gateway.Host.Store.Current.Revision;

        await File.WriteAllTextAsync(gateway.PolicyFile, broken);
        await Eventually.TrueAsync(() => gateway.Host.Store.Reloads.Rejected == 1, "it is rejected", Soon);

        Assert.Equal("one", await gateway.Client.GetStringAsync("/"));
        Assert.Equal("ready\n", await gateway.Admin.GetStringAsync("readyz"));
        var status = await gateway.StatusAsync();
        Assert.Equal(revision, status.GetProperty("revision").GetString());
        Assert.Equal("rejected", status.GetProperty("policy").GetProperty("lastReload").GetString());
        Assert.True(status.GetProperty("policy").GetProperty("problems").GetArrayLength() > 0);
        var metrics = await gateway.MetricsAsync();
        Assert.Equal(1, metrics.Sum("sandglass_policy_reloads_total", "result=\"rejected\""));
        Assert.Equal(0, metrics.Sum("sandglass_policy_last_reload_successful"));

        await File.WriteAllTextAsync(gateway.PolicyFile, Saying("two"));
        await Eventually.TrueAsync(async () => await gateway.Client.GetStringAsync("/") == "two", "the mended file is taken", Soon);
        Assert.Equal("ok", (await gateway.StatusAsync()).GetProperty("policy").GetProperty("lastReload").GetString());
    }

    [Fact]
    public async Task Each_error_of_a_rejected_file_has_its_place()
    {
        await using var gateway = await TestGateway.StartAsync(Saying("one"));

        await File.WriteAllTextAsync(gateway.PolicyFile, Broken);
        await Eventually.TrueAsync(() => gateway.Host.Store.Reloads.Rejected == 1, "it is rejected", Soon);

        AssertPlaced(string.Join('\n', (await gateway.StatusAsync()).GetProperty("policy").GetProperty("problems").EnumerateArray().Select(static p => p.GetString())));
    }

    [Fact]
    public async Task A_file_that_goes_away_leaves_the_policy_in_force()
    {
        await using var gateway = await TestGateway.StartAsync(Saying("one"));

        File.Delete(gateway.PolicyFile);
        await Eventually.TrueAsync(() => gateway.Host.Store.Reloads.Rejected == 1, "it is missed", Soon);

        Assert.Equal("one", await gateway.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Buckets_breakers_and_kept_answers_outlive_a_reload()
    {
        const string Policy = """
            {
              "name": "one",
              "backends": { "marketing": { "destinations": { "a": "@origin" } } },
              "routes": {
                "limited": { "chain": "marketing", "match": { "path": "/limited" }, "rateLimits": [ "few" ] },
                "broken":  { "chain": "marketing", "match": { "path": "/broken" }, "breaker": { "minRequests": 3, "open": "10m" } },
                "kept":    { "chain": "marketing", "match": { "path": "/kept" }, "coalesce": { "ttl": "10m" } }
              },
              "rateLimits": { "few": { "rate": "1/h", "burst": 2 } }
            }
            """;
        await using var origin = await TestOrigin.StartAsync(static http =>
        {
            http.Response.StatusCode = http.Request.Path == "/broken" ? 500 : 200;
            return http.Response.WriteAsync("x");
        });
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", origin.Address));
        async Task<int> StatusOf(string path)
        {
            using var answer = await gateway.Client.GetAsync(path);
            await gateway.SettleAsync();
            return (int)answer.StatusCode;
        }

        Assert.Equal((200, 200, 429), (await StatusOf("/limited"), await StatusOf("/limited"), await StatusOf("/limited")));
        Assert.Equal((500, 500, 500, 503), (await StatusOf("/broken"), await StatusOf("/broken"), await StatusOf("/broken"), await StatusOf("/broken")));
        Assert.Equal(200, await StatusOf("/kept"));
        var asked = origin.Count;

        await gateway.ReloadAsync(Policy.Replace("\"one\"", "\"two\"", StringComparison.Ordinal));

        Assert.Equal((429, 503, 200), (await StatusOf("/limited"), await StatusOf("/broken"), await StatusOf("/kept")));
        Assert.Equal(asked, origin.Count);
        Assert.Equal(1, gateway.Count("hit"));
    }

    [Fact]
    public async Task A_hundred_reloads_under_load_lose_nothing()
    {
        await using var gateway = await TestGateway.StartAsync(Saying("0"));
        using var stop = new CancellationTokenSource();
        var asking = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var count = 0;
            for (; !stop.IsCancellationRequested; count++)
            {
                using var answer = await gateway.Client2.GetAsync("/");
                Assert.Equal(200, (int)answer.StatusCode);
            }

            return count;
        })).ToArray();

        for (var i = 1; i <= 100; i++)
        {
            Assert.True(gateway.Host.Store.Apply(Encoding.UTF8.GetBytes(Saying($"{i}"))).Accepted);
        }

        await stop.CancelAsync();
        var counts = await Task.WhenAll(asking);
        await gateway.SettleAsync(counts.Sum());
        Assert.Equal(counts.Sum(), gateway.Count("served"));
    }

    [Fact]
    public async Task A_start_without_any_good_policy_names_every_error_and_its_place()
    {
        var fault = await Assert.ThrowsAsync<StartException>(() => TestGateway.StartAsync(Broken));

        Assert.Equal(2, fault.ExitCode);
        AssertPlaced(fault.Message);
    }

    [Fact]
    public async Task A_start_with_a_broken_file_takes_the_last_good_policy()
    {
        var folder = TestFolder.New("e2e-");
        try
        {
            await using (var first = await TestGateway.StartAsync(Saying("good"), static o => o, folder))
            {
                Assert.Equal("good", await first.Client.GetStringAsync("/"));
            }

            await using var second = await TestGateway.StartAsync(Broken, static o => o, folder);
            Assert.Equal("good", await second.Client.GetStringAsync("/"));
            Assert.Equal("rejected", (await second.StatusAsync()).GetProperty("policy").GetProperty("lastReload").GetString());

            await File.WriteAllTextAsync(second.PolicyFile, Saying("mended"));
            await Eventually.TrueAsync(async () => await second.Client.GetStringAsync("/") == "mended", "the mended file is taken", Soon);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private const string Broken = """
        {
          "backends": { "marketing": { "destinations": { "a": "http://127.0.0.1:7001" } } },
          "routes": {
            "order": {
              "chain": "marketing",
              "match": { "path": "/{**rest}" },
              "tiemout": "3s"
            },
            "other": { "chain": "nowhere", "match": { "path": "/x" } }
          }
        }
        """;

    // Line 7, column 7: the key. Line 9: the chain that is not there.
    private static void AssertPlaced(string problems)
    {
        Assert.Contains("policy.json:7:7: error SG", problems, StringComparison.Ordinal);
        Assert.Contains("did you mean \"timeout\"?", problems, StringComparison.Ordinal);
        Assert.Matches("policy\\.json:9:[0-9]+: error SG[0-9]+ /routes/other/chain", problems);
    }

    private static string Saying(string text) => $$$"""
        {
          "backends": { "marketing": { "destinations": { "a": "http://127.0.0.1:9" } } },
          "routes": { "all": { "chain": "marketing", "match": { "path": "/{**rest}" }, "answer": "text" } },
          "fallbacks": { "text": { "status": 200, "body": "{{{text}}}" } }
        }
        """;
}
