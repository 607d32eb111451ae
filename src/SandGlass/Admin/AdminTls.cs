using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using SandGlass.Hosting;

namespace SandGlass.Admin;

/// <summary>
/// TLS of the admin listener. Its certificate is Kestrel's default one, as the data listener's is, unless the configuration has a section
/// <c>Admin:Kestrel</c> of the same form. <c>Admin:ClientCertificateAuthority</c> names a PEM file: then a connection without a certificate
/// that this authority has signed ends in the handshake. The machine's own list of authorities is not asked, since with it anybody on the
/// internet could get one. Tokens are needed beside it: they say what its owner may do.
/// </summary>
internal static class AdminTls
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    /// <summary>Sets it up, before the listener is bound.</summary>
    /// <exception cref="StartException">The authority's file cannot be read.</exception>
    public static void Apply(KestrelServerOptions kestrel, IConfiguration configuration)
    {
        if (configuration.GetSection("Admin:Kestrel") is var own && own.Exists())
        {
            kestrel.Configure(own);
        }

        if (configuration["Admin:ClientCertificateAuthority"] is { Length: > 0 } file)
        {
            var authorities = Read(file);
            kestrel.ConfigureHttpsDefaults(https =>
            {
                https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
                https.ClientCertificateValidation = (certificate, _, _) => IsSigned(certificate, authorities);
            });
        }
    }

    private static X509Certificate2Collection Read(string file)
    {
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPemFile(file);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new StartException(3, $"Admin:ClientCertificateAuthority: {file} cannot be read ({fault.Message}); name a PEM file with the authority's certificate");
        }

        return authorities.Count > 0 ? authorities
            : throw new StartException(3, $"Admin:ClientCertificateAuthority: {file} has no certificate; name a PEM file with the authority's certificate");
    }

    private static bool IsSigned(X509Certificate2 certificate, X509Certificate2Collection authorities)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new(ClientAuthentication));
        return chain.Build(certificate);
    }
}
