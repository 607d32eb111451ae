namespace SandGlass.EndToEnd.Tests;

/// <summary>One request sees one policy: two policies that differ in all that a request can show, swapped under clients that look at each mark.</summary>
public sealed class OnePolicyTests
{
    private const int Reloads = 60;
    private const int AnswersBetween = 40;

    [Fact]
    public async Task No_answer_bears_the_marks_of_two_policies()
    {
        await using var first = await StartOriginAsync("a");
        await using var second = await StartOriginAsync("b");
        var policies = new[] { Policy("a", first.Address, "critical", 20, 1_000_000), Policy("b", second.Address, "sheddable", 90, 2_000_000) };
        await using var gateway = await TestGateway.StartAsync(policies[0]);
        var seen = new int[2];
        using var stop = new CancellationTokenSource();
        var asking = Enumerable.Range(0, 8).Select(lane => Task.Run(async () =>
        {
            var client = gateway.MakeClient(lane % 2 == 0 ? gateway.Http : gateway.H2c, lane % 2 == 0 ? HttpVersion.Version11 : HttpVersion.Version20);
            for (var i = lane; !stop.IsCancellationRequested; i++)
            {
                using var answer = await client.GetAsync((i % 3) switch { 0 => "/asked", 1 => "/failing", _ => "/answered" });
                var marks = await MarksAsync(answer);
                Assert.True(marks.TrueForAll(m => m[^1] == marks[0][^1]), $"{answer.RequestMessage!.RequestUri!.AbsolutePath}: {string.Join(", ", marks)}");
                Interlocked.Increment(ref seen[marks[0][^1] - 'a']);
            }
        })).ToArray();

        var began = seen.Sum();
        for (var i = 1; i <= Reloads; i++)
        {
            Assert.True(gateway.Host.Store.Apply(Encoding.UTF8.GetBytes(policies[i % 2])).Accepted);
            // Not a fixed time: on a slow machine too, each policy is seen before the next one comes.
            await Eventually.TrueAsync(() => Volatile.Read(ref seen[0]) + Volatile.Read(ref seen[1]) >= began + (i * AnswersBetween) || asking.Any(static a => a.IsFaulted), "it serves on");
        }

        await stop.CancelAsync();
        await Task.WhenAll(asking);
        await gateway.SettleAsync(seen.Sum());
        Assert.True(seen.Min() > Reloads * AnswersBetween / 4, $"{seen[0]} of one, {seen[1]} of the other");
        Assert.Equal(Reloads + 1, (await gateway.MetricsAsync()).Sum("sandglass_policy_reloads_total", "result=\"applied\""));
    }

    // Tells which origin it is, and what the gateway's policy has sent it; takes its time, so that policies change meanwhile.
    private static Task<TestOrigin> StartOriginAsync(string name) => TestOrigin.StartAsync(async http =>
    {
        await Task.Delay(TimeSpan.FromMilliseconds(http.Request.Query.Count + 3), TimeProvider.System);
        var deadline = int.Parse(http.Request.Headers["X-SandGlass-Deadline-Ms"]!, System.Globalization.CultureInfo.InvariantCulture);
        http.Response.Headers["X-Marks"] = $"origin {name},criticality {(http.Request.Headers["X-SandGlass-Criticality"] == "critical" ? "a" : "b")},deadline {(deadline <= 20_000 ? "a" : "b")}";
        http.Response.StatusCode = http.Request.Path == "/failing" ? 500 : 200;
        await http.Response.WriteAsync(name);
    });

    // Each ends in the letter of the policy that it shows.
    private static async Task<List<string>> MarksAsync(HttpResponseMessage answer)
    {
        var quota = string.Join(',', answer.Headers.GetValues("RateLimit-Policy"));
        List<string> marks = [$"quota {(quota.Contains("q=1000000", StringComparison.Ordinal) ? 'a' : 'b')}", $"body {await answer.Content.ReadAsStringAsync()}"];
        if (answer.Headers.TryGetValues("X-Marks", out var origin))
        {
            Assert.Equal(200, (int)answer.StatusCode);
            marks.AddRange(origin.Single().Split(','));
        }
        else
        {
            marks.Add($"header {answer.Headers.GetValues("X-Given").Single()}");
            marks.Add($"status {(int)answer.StatusCode} {(int)answer.StatusCode switch { 210 => 'a', 220 => 'b', _ => '?' }}");
        }

        return marks;
    }

    private static string Policy(string name, string origin, string criticality, int seconds, int burst) => $$"""
        {
          "name": "{{name}}",
          "backends": { "marketing": { "destinations": { "{{name}}": "{{origin}}" }, "concurrency": { "initial": 500 } } },
          "routes": {
            "asked":    { "chain": "marketing", "match": { "path": "/asked" }, "criticality": "{{criticality}}", "timeout": "{{seconds}}s", "rateLimits": [ "all" ] },
            "failing":  { "chain": "marketing", "match": { "path": "/failing" }, "criticality": "{{criticality}}", "timeout": "{{seconds}}s", "rateLimits": [ "all" ], "fallback": "text", "breaker": { "mode": "off" } },
            "answered": { "chain": "marketing", "match": { "path": "/answered" }, "rateLimits": [ "all" ], "answer": "text" }
          },
          "rateLimits": { "all": { "rate": "{{burst}}/s", "burst": {{burst}}, "key": "route" } },
          "fallbacks": { "text": { "status": {{(name == "a" ? 210 : 220)}}, "body": "{{name}}", "headers": { "X-Given": "{{name}}" } } }
        }
        """;
}
