using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;

namespace SandGlass.EndToEnd.Tests;

/// <summary>Who may do what on the admin listener, over every address and method that it has.</summary>
public sealed class AdminAccessTests
{
    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE"];

    [Fact]
    public async Task Without_a_token_nothing_is_told_by_any_address_and_method_and_every_answer_is_locked_down()
    {
        await using var gateway = await AdminGlass.StartAsync();
        var doors = AdminGlass.Doors(gateway);
        Assert.Contains(doors, static d => d.Path == "/api/stream");
        Assert.InRange(doors.Count, 25, 200);

        foreach (var (path, own) in doors)
        {
            foreach (var method in Methods.Union(own))
            {
                using var answer = await gateway.Admin.AskAsync(method, path);
                Assert.True(
                    AdminGlass.NeedsNoToken(path) ? (int)answer.StatusCode is 200 or 400 or 404 : (int)answer.StatusCode == 401, $"{method} {path}: {(int)answer.StatusCode}");
                AssertLockedDown(answer, $"{method} {path}");
            }
        }

        foreach (var path in (string[])["/HEALTHZ/../api/status", "/console/../api/status", "/console/..%2fapi/status", "/console/%2e%2e/api/status", "//api/status", "/Api/Status", "/api/status/", "/healthz/"])
        {
            var answer = await RawClient.AskAsync(new(gateway.Host.AdminAddress), $"GET {path} HTTP/1.1\r\nHost: {gateway.Admin.BaseAddress!.Authority}\r\n\r\n");
            Assert.True(answer!.Status is 401 or 404 or 200, $"{path}: {answer.Status}");
            Assert.DoesNotContain("uptimeSeconds", answer.Body, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_viewer_sees_all_and_changes_nothing()
    {
        await using var gateway = await AdminGlass.StartAsync();
        var before = await StandsAsync(gateway);

        foreach (var (path, own) in AdminGlass.Doors(gateway))
        {
            foreach (var method in Methods.Union(own))
            {
                using var answer = await gateway.Admin.AskAsync(
                    method, path, AdminGlass.ViewerToken, method is "GET" or "HEAD" ? null : """{"on":true,"position":"open","reason":"a viewer","revision":"000000000000"}""");
                var status = (int)answer.StatusCode;
                var isRead = method is "GET" or "HEAD" || path is "/api/explain" or "/api/logout";
                Assert.True(AdminGlass.NeedsNoToken(path) || (isRead ? status is not (401 or 403) : status == 403), $"{method} {path}: {status}");
                AssertLockedDown(answer, $"{method} {path}");
            }
        }

        Assert.Equal(before, await StandsAsync(gateway));
        Assert.False(File.Exists(Path.Combine(gateway.Folder, "state", "audit.jsonl")));
    }

    [Fact]
    public async Task The_admin_may_go_through_every_door()
    {
        await using var gateway = await AdminGlass.StartAsync();

        foreach (var (path, own) in AdminGlass.Doors(gateway))
        {
            foreach (var method in own)
            {
                using var answer = await gateway.Admin.AskAsync(method, path, AdminGlass.AdminToken, method == "GET" ? null : "{}");
                Assert.True((int)answer.StatusCode is not (401 or 403 or 405 or >= 500) || path == "/api/login", $"{method} {path}: {(int)answer.StatusCode}");
            }
        }
    }

    [Fact]
    public async Task The_data_listener_serves_no_door_of_the_admin_and_the_admin_listener_forwards_nothing()
    {
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var gateway = await AdminGlass.StartAsync(origin.Address);
        var admin = gateway.Admin.BaseAddress!.Authority;

        foreach (var (path, own) in AdminGlass.Doors(gateway))
        {
            foreach (var method in own.Append("GET").Distinct())
            {
                using var answer = await gateway.Client.AskAsync(method, path, AdminGlass.AdminToken, method == "GET" ? null : "{}", ("Host", admin));
                Assert.True((int)answer.StatusCode == 404, $"{method} {path}: {(int)answer.StatusCode}");
            }
        }

        foreach (var request in (string[])["GET /shop/x HTTP/1.1", $"GET {gateway.Http}shop/x HTTP/1.1", $"GET {origin.Address}/ HTTP/1.1", $"CONNECT {new Uri(origin.Address).Authority} HTTP/1.1", "OPTIONS * HTTP/1.1"])
        {
            var answer = await RawClient.AskAsync(new(gateway.Host.AdminAddress), $"{request}\r\nHost: {admin}\r\nAuthorization: Bearer {AdminGlass.AdminToken}\r\n\r\n");
            Assert.True(answer is null || answer.Status is >= 400 and < 500, $"{request}: {answer?.Status}");
        }

        Assert.Equal(0, origin.Count);
    }

    [Fact]
    public async Task Who_guesses_is_slowed_also_with_the_right_token_and_nobody_else_is()
    {
        await using var gateway = await AdminGlass.StartAsync();
        using var cookie = await gateway.Admin.AskAsync("POST", "api/login", null, $$"""{"token":"{{AdminGlass.AdminToken}}"}""");
        var session = cookie.Header("Set-Cookie")!.Split(';')[0];
        using var stranger = From("127.0.0.2", gateway.Admin.BaseAddress!);

        for (var i = 0; i < 10; i++)
        {
            using var wrong = await (i % 2 == 0
                ? stranger.AskAsync("GET", "api/status", $"guess-{i}") : stranger.AskAsync("POST", "api/login", null, $$"""{"token":"guess-{{i}}"}"""));
            Assert.Equal(401, (int)wrong.StatusCode);
        }

        using var right = await stranger.AskAsync("GET", "api/status", AdminGlass.AdminToken);
        using var login = await stranger.AskAsync("POST", "api/login", null, $$"""{"token":"{{AdminGlass.AdminToken}}"}""");
        using var health = await stranger.AskAsync("GET", "readyz");
        using var known = await stranger.AskAsync("GET", "api/status", null, null, ("Cookie", session));
        using var other = await gateway.Admin.AskAsync("GET", "api/status", AdminGlass.AdminToken);

        Assert.Equal((429, 429), ((int)right.StatusCode, (int)login.StatusCode));
        Assert.InRange(int.Parse(right.Header("Retry-After")!, null), 1, 60);
        Assert.Equal((200, 200, 200), ((int)health.StatusCode, (int)known.StatusCode, (int)other.StatusCode));
    }

    private static void AssertLockedDown(HttpResponseMessage answer, string what)
    {
        var policy = answer.Header("Content-Security-Policy") ?? string.Empty;
        Assert.True(policy.Contains("default-src 'none'", StringComparison.Ordinal) && policy.Contains("script-src 'self'", StringComparison.Ordinal)
            && policy.Contains("frame-ancestors 'none'", StringComparison.Ordinal) && !policy.Contains("unsafe", StringComparison.Ordinal), $"{what}: {policy}");
        Assert.True(answer.Header("X-Content-Type-Options") == "nosniff", what);
        Assert.True(answer.Header("Cache-Control")?.Contains("no-store", StringComparison.Ordinal), $"{what}: {answer.Header("Cache-Control")}");
        Assert.DoesNotContain(answer.Headers, static h => h.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase) || h.Key is "Server");
    }

    // All that somebody could have changed.
    private static async Task<string> StandsAsync(TestGateway gateway)
    {
        var all = new StringBuilder(gateway.Host.Store.Current.Revision);
        foreach (var path in (string[])["api/switches", "api/plans", "api/breakers", "api/policy", "api/policy/revisions", "api/audit"])
        {
            using var answer = await gateway.Admin.AskAsync("GET", path, AdminGlass.AdminToken);
            all.Append(await answer.TextAsync());
        }

        return all.ToString();
    }

    private static HttpClient From(string address, Uri to) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (context, left) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
            await socket.ConnectAsync(context.DnsEndPoint, left);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    {
        BaseAddress = to,
    };
}
