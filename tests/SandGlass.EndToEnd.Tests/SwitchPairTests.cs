using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.RegularExpressions;

namespace SandGlass.EndToEnd.Tests;

/// <summary>
/// Every switch of the example policy, alone and in every pair, in both orders, under load: no 5xx of the gateway's own making, in force for
/// the very next request, and off gives the same answers again. With real load and the shop: <c>load-tests/switches.sh</c>.
/// </summary>
public sealed class SwitchPairTests
{
    // One request for each route. All by one client: a switch that admits half of them always takes the same side.
    private static readonly (string Method, string Path)[] Requests =
    [
        ("GET", "/"), ("GET", "/api/products"), ("GET", "/api/products/sku-1?currency=CNY"), ("GET", "/api/search?q=lamp"), ("GET", "/api/products/sku-1/reviews"),
        ("GET", "/api/cart/c1"), ("POST", "/api/orders"), ("GET", "/api/orders/o1"), ("POST", "/api/pay/o1"), ("GET", "/api/shipments/s1"),
        ("GET", "/api/refunds/r1"), ("POST", "/api/refunds/r1/photos"), ("GET", "/internal/x"),
    ];

    // What differs between two answers of a gateway that is as it was: the time, and what is left of a limit or of a kept answer's life.
    private static readonly string[] Moving = ["Date", "Age", "RateLimit", "Cache-Status", "Set-Cookie"];

    [Theory]
    [InlineData("all is well")]
    [InlineData("Redis is down")]
    [InlineData("the backends are down")]
    public async Task Goes_on_and_off_alone_and_in_pairs_while(string trouble)
    {
        var isDown = false;
        await using var site = await TestOrigin.StartAsync(http => AnswerAsync(http, "main", isDown));
        await using var other = await TestOrigin.StartAsync(http => AnswerAsync(http, "dr", isDown));
        await using var redis = RedisServer.Missing is null ? await RedisServer.StartAsync() : null;
        await using var gateway = await StartAsync(site.Address, other.Address, redis?.Address ?? "127.0.0.1:9");
        string[] switches = [.. gateway.Host.Store.Current.Switches.Keys.Order(StringComparer.Ordinal)];
        Assert.Equal(8, switches.Length);
        var usual = await AskAllAsync(gateway);
        Assert.All(usual.Where(static a => !a.Key.EndsWith("/internal/x", StringComparison.Ordinal)), static a => Assert.StartsWith("200", a.Value, StringComparison.Ordinal));

        isDown = trouble == "the backends are down";
        if (trouble == "Redis is down" && redis is not null)
        {
            await redis.KillAsync();
        }

        using var stop = new CancellationTokenSource();
        var wrong = new ConcurrentQueue<string>();
        Task[] load = [.. Enumerable.Range(0, 3).Select(i => LoadAsync(gateway, i, wrong, stop.Token))];

        foreach (var one in switches)
        {
            for (var turn = 0; turn < 2; turn++)
            {
                await gateway.SwitchAsync(one, true);
                await AssertInForceAsync(gateway, one, isDown);
                await gateway.SwitchAsync(one, false);
                await AssertUsualAsync(gateway, usual, isDown, one);
            }
        }

        foreach (var (one, two) in switches.SelectMany(a => switches.Where(b => b != a).Select(b => (a, b))))
        {
            await gateway.SwitchAsync(one, true);
            await gateway.SwitchAsync(two, true);
            Assert.All(await AskAllAsync(gateway), answer => Assert.True(IsFair(answer.Value), $"{one} and {two}: {answer.Key} → {answer.Value}"));
            await gateway.SwitchAsync(one, false);
            await gateway.SwitchAsync(two, false);
            await AssertUsualAsync(gateway, usual, isDown, $"{one} and {two}");
        }

        isDown = false;
        await AssertUsualAsync(gateway, usual, false, trouble);
        await stop.CancelAsync();
        await Task.WhenAll(load);
        Assert.Empty(wrong.Take(5));
        await gateway.SettleAsync();
        Assert.Equal(0, (await gateway.MetricsAsync()).Sum("sandglass_defects_total"));
        if (trouble != "the backends are down")
        {
            Assert.Equal(0, gateway.Count("failed"));
        }
    }

    private static async Task<TestGateway> StartAsync(string site, string other, string redis)
    {
        var folder = TestFolder.New("pairs-");
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Tree.Root, "config"), "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(folder, Path.GetRelativePath(Path.Combine(Tree.Root, "config"), file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        var policy = await File.ReadAllTextAsync(Path.Combine(folder, "policy.json"));
        policy = Regex.Replace(policy, "http://127\\.0\\.0\\.1:70[01][0-9]", found => found.Value.EndsWith("7012", StringComparison.Ordinal) ? other : site);
        policy = policy.Insert(policy.LastIndexOf('}'), $", \"fleet\": {{ \"redis\": \"{redis}\", \"name\": \"pairs\" }}");
        return await TestGateway.StartAsync(policy, static o => o, folder);
    }

    private static Task AnswerAsync(HttpContext http, string site, bool isDown)
    {
        if (isDown)
        {
            http.Abort();
            return Task.CompletedTask;
        }

        http.Response.Headers.Date = "Wed, 11 Nov 2026 00:00:00 GMT";
        http.Response.Headers["X-Site"] = site;
        return http.Response.WriteAsync($"{http.Request.Method} {http.Request.Path} of the shop");
    }

    private static async Task<string> AskAsync(TestGateway gateway, string method, string path, string client)
    {
        using var request = new HttpRequestMessage(new(method), path);
        request.Headers.TryAddWithoutValidation("X-Forwarded-For", client);
        using var answer = await gateway.Client.SendAsync(request);
        var headers = answer.Headers.Concat(answer.Content.Headers).Where(static h => !Moving.Contains(h.Key)).OrderBy(static h => h.Key, StringComparer.Ordinal);
        return $"{(int)answer.StatusCode} {string.Join('\n', headers.Select(static h => $"{h.Key}: {string.Join(", ", h.Value)}"))}\n\n{await answer.TextAsync()}";
    }

    private static async Task<Dictionary<string, string>> AskAllAsync(TestGateway gateway)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (method, path) in Requests)
        {
            all[$"{method} {path}"] = await AskAsync(gateway, method, path, "203.0.113.7");
        }

        return all;
    }

    // While backends are down there is no usual answer: it need only be a fair one.
    private static async Task AssertUsualAsync(TestGateway gateway, Dictionary<string, string> usual, bool isDown, string after)
    {
        var now = usual;
        string Different() => string.Join("; ", usual.Where(u => now[u.Key] != u.Value).Select(u => $"{u.Key} → {now[u.Key]} instead of {u.Value}"));
        await Eventually.TrueAsync(
            async () =>
            {
                now = await AskAllAsync(gateway);
                return isDown ? now.Values.All(IsFair) : usual.All(u => now[u.Key] == u.Value);
            },
            () => $"after {after}: {Different()}");
    }

    private static async Task AssertInForceAsync(TestGateway gateway, string one, bool isDown)
    {
        switch (one)
        {
            case "reviews-off":
                Assert.EndsWith("{\"reviews\":[]}", await AskAsync(gateway, "GET", "/api/products/sku-1/reviews", "203.0.113.7"), StringComparison.Ordinal);
                break;
            case "search-half":
                var answers = new List<string>();
                for (var i = 0; i < 40; i++)
                {
                    answers.Add(await AskAsync(gateway, "GET", "/api/search?q=lamp", $"198.51.100.{i}"));
                }

                Assert.InRange(answers.Count(static a => a.Contains("switch/search-half", StringComparison.Ordinal)), 8, 32);
                break;
            case "refunds-later" or "refunds-closed":
                Assert.Contains($"switch/{one}", await AskAsync(gateway, "GET", "/api/refunds/r1", "203.0.113.7"), StringComparison.Ordinal);
                break;
            case "only-critical":
                Assert.Contains($"switch/{one}", await AskAsync(gateway, "GET", "/api/search?q=lamp", "203.0.113.7"), StringComparison.Ordinal);
                break;
            case "limits-half":
                // The rate is halved, not what is left of the burst, so no answer shows it at once.
                using (var asked = await gateway.Admin.PostAsJsonAsync("api/explain", new { method = "GET", url = "/api/products" }))
                {
                    Assert.Contains("rate limits times 0.5", await asked.TextAsync(), StringComparison.Ordinal);
                }

                break;
            case "use-dr" when !isDown:
                Assert.Contains("X-Site: dr", await AskAsync(gateway, "GET", "/api/cart/c1", "203.0.113.7"), StringComparison.Ordinal);
                break;
            case "cache-long" when !isDown:
                // Kept for a second; now it is given although it is older.
                var fresh = $"/api/products/sku-1?currency={Guid.NewGuid():N}";
                await Eventually.TrueAsync(
                    async () =>
                    {
                        using var answer = await gateway.Client.GetAsync(fresh);
                        return answer.Header("Cache-Status")!.Contains("; hit;", StringComparison.Ordinal) && answer.Headers.Age >= TimeSpan.FromSeconds(2);
                    },
                    "a kept answer is given although it is old");
                break;
        }
    }

    // Usable, or a refusal that says whose it is and when to come back.
    private static bool IsFair(string answer) => answer[0] != '5'
        || (answer.Contains("Proxy-Status: sandglass", StringComparison.Ordinal) && (answer.StartsWith("503", StringComparison.Ordinal) ? answer.Contains("Retry-After: ", StringComparison.Ordinal)
            : answer.StartsWith("502", StringComparison.Ordinal) || answer.StartsWith("504", StringComparison.Ordinal)));

    private static async Task LoadAsync(TestGateway gateway, int who, ConcurrentQueue<string> wrong, CancellationToken stop)
    {
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            var (method, path) = Requests[i % Requests.Length];
            try
            {
                var answer = await AskAsync(gateway, method, path, $"192.0.2.{(who * 80) + (i % 80)}");
                if (!IsFair(answer))
                {
                    wrong.Enqueue($"{method} {path} → {answer}");
                }
            }
            catch (HttpRequestException cut)
            {
                wrong.Enqueue($"{method} {path} → {cut.Message}");
            }
        }
    }
}
