using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SandGlass.EndToEnd.Tests;

/// <summary>The https listener, with a certificate from the usual ASP.NET Core configuration.</summary>
public sealed class HttpsTests : IDisposable
{
    private readonly string _folder = TestFolder.New("https-");

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Speaks_both_versions_by_alpn(string version)
    {
        using var certificate = WriteCertificate();
        await using var origin = await TestOrigin.SayingAsync("ok");
        var policy = Path.Combine(_folder, "policy.json");
        await File.WriteAllTextAsync(policy, TestGateway.Fill(TestGateway.PassThrough, ("origin", origin.Address)));
        using var gateway = await ChildGateway.StartAsync(
            policy,
            Path.Combine(_folder, "state"),
            "https://127.0.0.1:0",
            ("ASPNETCORE_Kestrel__Certificates__Default__Path", CertificateFile),
            ("ASPNETCORE_Kestrel__Certificates__Default__Password", "test"));
        using var client = new HttpClient(new SocketsHttpHandler
        {
            SslOptions = new() { RemoteCertificateValidationCallback = (_, theirs, _, _) => theirs?.GetCertHashString() == certificate.GetCertHashString() },
        });

        using var request = new HttpRequestMessage(HttpMethod.Get, gateway.Data)
        {
            Version = Version.Parse(version),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var answer = await client.SendAsync(request);

        Assert.Equal((200, version), ((int)answer.StatusCode, answer.Version.ToString()));
        Assert.Equal("https", origin.Only["X-Forwarded-Proto"]);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string CertificateFile => Path.Combine(_folder, "self-made.pfx");

    private X509Certificate2 WriteCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        var now = TimeProvider.System.GetUtcNow();
        var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllBytes(CertificateFile, certificate.Export(X509ContentType.Pfx, "test"));
        return certificate;
    }
}
