using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SandGlass.EndToEnd.Tests;

/// <summary>The admin listener with TLS, and with certificates of its clients, by the usual configuration and certificates made here.</summary>
public sealed class AdminTlsTests : IDisposable
{
    private const string Token = "a-token-for-tls";

    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private readonly string _folder = TestFolder.New("admin-tls-");

    [Fact]
    public async Task With_a_certificate_the_cookie_is_for_tls_only_and_the_token_is_still_needed()
    {
        using var server = Write("server", Make("CN=127.0.0.1", null));
        using var gateway = await StartAsync(("Admin__Kestrel__Certificates__Default__Path", File("server.pfx")), ("Admin__Kestrel__Certificates__Default__Password", "test"));
        using var client = Client(gateway, server, null);

        using var bare = await client.AskAsync("GET", "api/status");
        using var login = await client.AskAsync("POST", "api/login", null, $$"""{"token":"{{Token}}"}""");
        var cookie = login.Header("Set-Cookie")!;
        using var known = await client.AskAsync("GET", "api/status", null, null, ("Cookie", cookie.Split(';')[0]));

        Assert.Equal((401, 204, 200), ((int)bare.StatusCode, (int)login.StatusCode, (int)known.StatusCode));
        Assert.Contains("secure", cookie.Split("; "), StringComparer.OrdinalIgnoreCase);
        Assert.Contains("httponly", cookie.Split("; "), StringComparer.OrdinalIgnoreCase);

        // It ends in a day, and the alarm is set on two weeks.
        await Eventually.TrueAsync(
            async () =>
            {
                using var alarms = await client.AskAsync("GET", "api/alarms", Token);
                return (await alarms.TextAsync()).Contains("\"state\":\"firing\"", StringComparison.Ordinal);
            },
            "the certificate's alarm fires");
        using var metrics = await client.AskAsync("GET", "metrics", Token);
        Assert.InRange(PrometheusPage.Parse(await metrics.TextAsync()).Sum("sandglass_certificate_left_seconds"), 80_000, 86_400);
    }

    [Fact]
    public async Task With_an_authority_only_who_has_a_certificate_of_it_gets_through_the_handshake()
    {
        using var ours = Make("CN=our authority", null);
        using var others = Make("CN=our authority", null);
        using var server = Write("server", Make("CN=127.0.0.1", null));
        using var operators = Make("CN=an operator", ours);
        using var strangers = Make("CN=an operator", others);
        await System.IO.File.WriteAllTextAsync(File("ca.pem"), ours.ExportCertificatePem());
        using var gateway = await StartAsync(
            ("Kestrel__Certificates__Default__Path", File("server.pfx")), ("Kestrel__Certificates__Default__Password", "test"), ("Admin__ClientCertificateAuthority", File("ca.pem")));

        using var known = Client(gateway, server, operators);
        using var answer = await known.AskAsync("GET", "api/status", Token);
        using var bare = await known.AskAsync("GET", "api/status");
        Assert.Equal((200, 401), ((int)answer.StatusCode, (int)bare.StatusCode));

        foreach (var certificate in new[] { null, strangers })
        {
            using var unknown = Client(gateway, server, certificate);
            await Assert.ThrowsAsync<HttpRequestException>(() => unknown.AskAsync("GET", "healthz", Token));
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string File(string name) => Path.Combine(_folder, name);

    private async Task<ChildGateway> StartAsync(params (string Name, string Value)[] environment)
    {
        await System.IO.File.WriteAllTextAsync(File("policy.json"), TestGateway.Fill(
            TestGateway.PassThrough.TrimEnd()[..^1] + """, "alarms": { "certificate": { "metric": "certificate.left", "below": "14d", "for": "0s" } } }""", ("origin", "http://127.0.0.1:9")));
        return await ChildGateway.StartAsync(
            File("policy.json"), File("state"), "http://127.0.0.1:0", "https://127.0.0.1:0", [.. environment, ("SANDGLASS_ADMIN_TOKEN", Token)]);
    }

    private static HttpClient Client(ChildGateway gateway, X509Certificate2 server, X509Certificate2? own) => new(new SocketsHttpHandler
    {
        UseCookies = false,
        SslOptions = new SslClientAuthenticationOptions
        {
            // With 1.3 a refusal of the certificate comes after the handshake; it must be an error there, too.
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ClientCertificates = own is null ? null : [own],
            RemoteCertificateValidationCallback = (_, theirs, _, _) => theirs?.GetCertHashString() == server.GetCertHashString(),
        },
    })
    {
        BaseAddress = gateway.Admin.BaseAddress,
        Timeout = Eventually.Deadline,
    };

    private X509Certificate2 Write(string name, X509Certificate2 certificate)
    {
        System.IO.File.WriteAllBytes(File(name + ".pfx"), certificate.Export(X509ContentType.Pfx, "test"));
        return certificate;
    }

    // Signed by itself, as an authority, or by one.
    private static X509Certificate2 Make(string name, X509Certificate2? authority)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(authority is null, false, 0, true));
        if (authority is null)
        {
            return request.CreateSelfSigned(Now.AddDays(-1), Now.AddDays(1));
        }

        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.2")], critical: true));
        using var signed = request.Create(authority, Now.AddHours(-1), Now.AddHours(1), [1, 2, 3]);
        using var whole = signed.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pfx), null);
    }
}
