namespace SandGlass.EndToEnd.Tests;

/// <summary>Secrets that were planted everywhere one can be: none of them comes out anywhere, with the log at its most talkative.</summary>
public sealed class AdminSecretsTests : IDisposable
{
    private const string Policy = """
        {
          "backends": { "marketing": { "destinations": { "a": "@origin" } } },
          "routes": { "shop": { "chain": "marketing", "match": { "path": "/shop/{**rest}" }, "timeout": "5s", "rateLimits": [ "fleet" ] } },
          "rateLimits": { "fleet": { "rate": "100/s", "scope": "fleet" } },
          "edge": { "trustedProxies": [ "127.0.0.0/8" ], "proof": { "header": "X-Edge-Proof", "secret": "env:PLANTED_PROOF" } },
          "explain": { "token": "env:PLANTED_EXPLAIN" },
          "fleet": { "redis": "env:PLANTED_REDIS", "name": "f" },
          "alarms": { "always": { "metric": "queue", "below": 1, "for": "0s" } },
          "alarmWebhook": { "url": "env:PLANTED_PAGER", "token": "env:PLANTED_PAGER_TOKEN", "severity": "info" },
          "switches": { "off": { "routes": [ "shop" ], "do": { "refuse": {} } } },
          "plans": { "night": { "steps": [ { "switch": "off" } ] } }
        }
        """;

    private static readonly string[] Secrets =
    [
        "planted-admin-7Q", "planted-viewer-7Q", "planted-proof-7Q", "planted-explain-7Q", "planted-redis-7Q", "planted-pager-path-7Q", "planted-pager-token-7Q",
        "planted-wrong-7Q", "planted-cookie-7Q", "planted-authorization-7Q",
    ];

    private readonly string _folder = TestFolder.New("secrets-");

    [Fact]
    public async Task No_answer_log_line_audit_line_or_file_of_state_has_one()
    {
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var doors = await AdminGlass.StartAsync();
        var policy = Path.Combine(_folder, "policy.json");
        await File.WriteAllTextAsync(policy, TestGateway.Fill(Policy, ("origin", origin.Address)));
        var heard = new StringBuilder();
        using (var gateway = await ChildGateway.StartAsync(
            policy,
            Path.Combine(_folder, "state"),
            "http://127.0.0.1:0",
            ("SANDGLASS_ADMIN_TOKEN", Secrets[0]),
            ("SANDGLASS_VIEWER_TOKEN", Secrets[1]),
            ("PLANTED_PROOF", Secrets[2]),
            ("PLANTED_EXPLAIN", Secrets[3]),
            ("PLANTED_REDIS", $"127.0.0.1:9,password={Secrets[4]}"),
            ("PLANTED_PAGER", $"http://127.0.0.1:9/{Secrets[5]}"),
            ("PLANTED_PAGER_TOKEN", Secrets[6]),
            ("Logging__LogLevel__SandGlass", "Trace")))
        {
            async Task HearAsync(HttpClient client, string method, string path, string? token, string? body, params (string Name, string Value)[] headers)
            {
                using var answer = await client.AskAsync(method, path, token, body, headers);
                heard.Append(answer).AppendLine(path.EndsWith("/stream", StringComparison.Ordinal) ? string.Empty : await answer.TextAsync());
            }

            foreach (var header in (string[])["X-Edge-Proof", "X-SandGlass-Explain"])
            {
                using var client = new HttpClient { BaseAddress = gateway.Data };
                foreach (var secret in (string[])[Secrets[2], Secrets[3], "planted-wrong-7Q"])
                {
                    await HearAsync(client, "GET", "/shop/x", "planted-authorization-7Q", null, (header, secret), ("Cookie", "s=planted-cookie-7Q"));
                }
            }

            foreach (var (path, methods) in AdminGlass.Doors(doors))
            {
                foreach (var method in methods.Append("GET").Distinct())
                {
                    // Reasons and names are the operator's own words; all else of a body must not come back.
                    foreach (var body in (string?[])[$$"""{"token":"{{Secrets[0]}}"}""", $$"""{"token":"planted-wrong-7Q","reason":7}""", """{"on":true,"reason":"a test"}""", """{"position":"open","reason":"a test"}""", """{"reason":"a test"}""",
                        """{"method":"GET","url":"/shop/x","headers":{"Authorization":"Bearer planted-authorization-7Q","Cookie":"s=planted-cookie-7Q","X-Edge-Proof":"planted-proof-7Q","X-SandGlass-Explain":"planted-explain-7Q"}}"""])
                    {
                        // Checking a text tells what it would change, in its own words.
                        await HearAsync(gateway.Admin, method, path, Secrets[0], method == "GET" || (path == "/api/policy/validate" && body!.Contains("planted", StringComparison.Ordinal)) ? null : body);
                    }
                }
            }

            await HearAsync(gateway.Admin, "GET", "/api/status", "planted-wrong-7Q", null, ("Cookie", "sandglass_admin=planted-cookie-7Q"));
            await HearAsync(gateway.Admin, "GET", "/api/audit", Secrets[1], null);
            Assert.Contains("\"what\":\"switch off on\"", heard.ToString(), StringComparison.Ordinal);
            await gateway.KillAsync();
            heard.AppendLine(gateway.Said);
        }

        foreach (var file in Directory.EnumerateFiles(Path.Combine(_folder, "state"), "*", SearchOption.AllDirectories))
        {
            heard.AppendLine(await File.ReadAllTextAsync(file));
        }

        var all = heard.ToString();
        foreach (var secret in Secrets)
        {
            var at = all.IndexOf(secret, StringComparison.Ordinal);
            Assert.True(at < 0, at < 0 ? null : $"{secret} came out: …{all[Math.Max(0, at - 200)..(at + 20)]}");
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
