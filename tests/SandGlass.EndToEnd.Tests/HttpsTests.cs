using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SandGlass.EndToEnd.Tests;

/// <summary>The https listener, with a certificate from the usual ASP.NET Core configuration.</summary>
public sealed class HttpsTests : IDisposable
{
    private const string PathVariable = "ASPNETCORE_Kestrel__Certificates__Default__Path";
    private const string PasswordVariable = "ASPNETCORE_Kestrel__Certificates__Default__Password";

    private readonly string _file = Path.Combine(Path.GetTempPath(), $"sandglass-{Guid.NewGuid():N}.pfx");

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Speaks_both_versions_by_alpn(string version)
    {
        using var certificate = WriteCertificate();
        await using var origin = await TestOrigin.SayingAsync("ok");
        Environment.SetEnvironmentVariable(PathVariable, _file);
        Environment.SetEnvironmentVariable(PasswordVariable, "test");
        await using var gateway = await TestGateway.StartAsync(
            TestGateway.PassThrough,
            static o => o with { Listen = [.. o.Listen, "https://127.0.0.1:0"] },
            null,
            ("origin", origin.Address));
        using var client = new HttpClient(new SocketsHttpHandler
        {
            SslOptions = new() { RemoteCertificateValidationCallback = (_, theirs, _, _) => theirs?.GetCertHashString() == certificate.GetCertHashString() },
        });

        using var request = new HttpRequestMessage(HttpMethod.Get, gateway.Host.Addresses[2])
        {
            Version = Version.Parse(version),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var answer = await client.SendAsync(request);

        Assert.Equal((200, version), ((int)answer.StatusCode, answer.Version.ToString()));
        Assert.Equal("https", origin.Only["X-Forwarded-Proto"]);
    }

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(PathVariable, null);
        Environment.SetEnvironmentVariable(PasswordVariable, null);
        File.Delete(_file);
    }

    private X509Certificate2 WriteCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        var now = TimeProvider.System.GetUtcNow();
        var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllBytes(_file, certificate.Export(X509ContentType.Pfx, "test"));
        return certificate;
    }
}
