namespace SandGlass.EndToEnd.Tests;

/// <summary>Bodies that are too large, too deep, or try to be something else: refused in less than a second, and nothing has changed.</summary>
[Collection(nameof(RealTime))]
public sealed class AdminInputTests
{
    private const int Huge = 50 << 20;
    private const int Tries = 3;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    public static TheoryData<string> Bodies => new(
        "", "null", "[]", "{", "\"text\"", "{\"reason\":7}",
        """{"__proto__":{"on":true},"on":true,"position":"open","revision":"x","reason":"x","token":"x","method":"GET","url":"/"}""",
        """{"$type":"System.Diagnostics.Process","on":true,"position":"open","revision":"x","reason":"x","token":"x","method":"GET","url":"/"}""",
        """{"on":true,"on":false,"reason":"x","reason":"y","position":"open","position":"open","revision":"x","revision":"x","token":"x","token":"y","url":"/","url":"/"}""",
        "{\"\\ud800\":1}",
        "@deep-lists",
        "@deep-objects",
        "@long-name");

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task A_body_that_makes_no_sense_is_refused_at_every_door(string body)
    {
        await using var gateway = await AdminGlass.StartAsync();
        body = body switch
        {
            "@deep-lists" => new string('[', 100_000),
            "@deep-objects" => string.Concat(Enumerable.Repeat("{\"a\":", 100_000)),
            "@long-name" => $$"""{"on":true,"position":"open","revision":"x","reason":"x","by":"{{new string('x', 101)}}"}""",
            _ => body,
        };

        foreach (var (method, path) in Doors(gateway))
        {
            var time = TimeProvider.System;
            var best = TimeSpan.MaxValue;
            for (var i = 0; i < Tries && best > Soon; i++)
            {
                var began = time.GetTimestamp();
                using var answer = await gateway.Admin.AskAsync(
                    method, path, path == "/api/login" ? null : AdminGlass.AdminToken, body, ("If-Match", $"\"{gateway.Host.Store.Current.Revision}\""));
                Assert.True((int)answer.StatusCode is >= 400 and < 500, $"{method} {path} {body[..Math.Min(60, body.Length)]}: {(int)answer.StatusCode}");
                best = time.GetElapsedTime(began);
            }

            Assert.True(best < Soon, $"{method} {path}: {best}");
        }

        using var now = await gateway.Admin.AskAsync("GET", "api/switches/off", AdminGlass.ViewerToken);
        Assert.Contains("\"on\":false", await now.TextAsync(), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(gateway.Folder, "state", "audit.jsonl")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Fifty_megabytes_are_refused_before_they_are_read(bool isSized)
    {
        await using var gateway = await AdminGlass.StartAsync();
        var time = TimeProvider.System;
        foreach (var (method, path) in Doors(gateway))
        {
            using var client = await RawClient.ConnectAsync(new(gateway.Host.AdminAddress));
            var began = time.GetTimestamp();
            await client.SendAsync(
                $"{method} {path} HTTP/1.1\r\nHost: {gateway.Admin.BaseAddress!.Authority}\r\nAuthorization: Bearer {AdminGlass.AdminToken}\r\n"
                + $"If-Match: \"{gateway.Host.Store.Current.Revision}\"\r\n{(isSized ? $"Content-Length: {Huge}" : "Transfer-Encoding: chunked")}\r\n\r\n");
            if (!isSized)
            {
                // A little more than the bound; a reader of JSON would still wait for the end of the string.
                const int Piece = 1 << 20;
                for (var i = 0; i < 5; i++)
                {
                    try
                    {
                        await client.SendAsync($"{Piece:x}\r\n{(i == 0 ? '"' : 'x')}{new string('x', Piece - 1)}\r\n");
                    }
                    catch (IOException)
                    {
                        break;
                    }
                }
            }

            var answer = await client.ReadAsync();
            Assert.True(answer?.Status is 413 or 400, $"{method} {path}: {answer?.Status}");
            Assert.True(time.GetElapsedTime(began) < Soon, $"{method} {path}: {time.GetElapsedTime(began)}");
        }
    }

    [Theory]
    [InlineData("http://169.254.169.254/latest/meta-data")]
    [InlineData("http://[fe80::1]/")]
    [InlineData("http://[::ffff:169.254.169.254]/")]
    [InlineData("http://2852039166/")]
    [InlineData("http://metadata.google.internal/")]
    public async Task No_policy_points_a_backend_at_where_clouds_keep_credentials(string address)
    {
        await using var gateway = await AdminGlass.StartAsync();
        var before = await File.ReadAllTextAsync(gateway.PolicyFile);

        using var put = await gateway.Admin.AskAsync(
            "PUT", "api/policy", AdminGlass.AdminToken, before.Replace("http://127.0.0.1:9", address, StringComparison.Ordinal), ("If-Match", $"\"{gateway.Host.Store.Current.Revision}\""));

        Assert.Equal(422, (int)put.StatusCode);
        Assert.Contains("SG1208", await put.TextAsync(), StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllTextAsync(gateway.PolicyFile));
    }

    [Theory]
    [InlineData("POST", "/api/policy/rollback", "{\"revision\":\"../../policy\",\"reason\":\"x\"}")]
    [InlineData("POST", "/api/policy/rollback", "{\"revision\":\"/etc/passwd\",\"reason\":\"x\"}")]
    [InlineData("GET", "/api/policy/diff?from=..%2F..%2Fpolicy&to=%2Fetc%2Fpasswd", null)]
    [InlineData("PUT", "/api/switches/..%2F..%2Fx", "{\"on\":true,\"reason\":\"x\"}")]
    [InlineData("POST", "/api/plans/..%2Fx/start", "{\"reason\":\"x\"}")]
    [InlineData("PUT", "/api/breakers/..%2Fx", "{\"position\":\"open\",\"reason\":\"x\"}")]
    [InlineData("GET", "/console/..%2F..%2Fpolicy.json", null)]
    public async Task No_name_leads_to_a_file(string method, string path, string? body)
    {
        await using var gateway = await AdminGlass.StartAsync();
        string[] Files() => [.. Directory.EnumerateFileSystemEntries(gateway.Folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        var before = Files();

        using var answer = await gateway.Admin.AskAsync(method, path, AdminGlass.AdminToken, body);

        Assert.Equal(404, (int)answer.StatusCode);
        Assert.DoesNotContain("destinations", await answer.TextAsync(), StringComparison.Ordinal);
        Assert.Equal(before, Files());
    }

    // All that takes a body.
    private static IEnumerable<(string Method, string Path)> Doors(TestGateway gateway) =>
        from door in AdminGlass.Doors(gateway)
        where door.Path != "/api/logout"
        from method in door.Methods
        where method is not ("GET" or "HEAD")
        select (method, door.Path);
}
