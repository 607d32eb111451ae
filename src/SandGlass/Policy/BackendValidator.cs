using System.Net;
using System.Text;

namespace SandGlass.Policy;

/// <summary>Backends: usable addresses, sane bounds, failovers that end.</summary>
internal static class BackendValidator
{
    private static readonly string[] _schemes = ["http", "https", "h2c"];

    public static void Validate(GatewayPolicy policy, Findings findings)
    {
        foreach ((string name, BackendPolicy backend) in policy.Backends)
        {
            string at = JsonPointer.Of("backends", name);
            foreach ((string label, string url) in backend.Destinations)
            {
                Destination(url, JsonPointer.To(at + "/destinations", label), findings);
            }

            Bounds(backend, at, findings);
            if (backend.Failover is { } failover)
            {
                findings.Refer(PolicyRules.NoBackend, at + "/failover", "backend", failover, Names.Of(policy.Backends));
                Takeover(backend, at, findings);
            }
        }

        Circles.Find(policy.Backends, backend => backend.Failover, (name, circle) => findings.Add(
            PolicyRules.Circle, JsonPointer.Of("backends", name, "failover"), $"the failover leads back to itself: {circle}; take one step out"));
    }

    /// <summary>A failover takes over when all destinations are out, so something must be able to put all of them out.</summary>
    private static void Takeover(BackendPolicy backend, string at, Findings findings)
    {
        int most = backend.Ejection is { } ejection ? (int)((ejection.MaxEjected * backend.Destinations.Count) + 1e-9) : 0;
        if (backend.Health is null && most < backend.Destinations.Count)
        {
            findings.Add(PolicyRules.NoEffect, at + "/failover",
                "nothing ever takes all destinations out, so nobody fails over; add \"health\", or \"ejection\" with \"maxEjected\": 1");
        }
    }

    private static void Destination(string url, string at, Findings findings)
    {
        // Only ASCII: for some other hosts the framework's own Uri throws when asked for them.
        if (!Ascii.IsValid(url) || !Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) || !_schemes.Contains(uri.Scheme) || uri.Host.Length == 0 || url.Any(char.IsWhiteSpace))
        {
            findings.Add(PolicyRules.BadDestination, at, $"{Words.Quote(url)} is no absolute URL; write one like \"http://10.0.0.7:8080\" (http, https or h2c; other than ASCII as xn--…)");
        }
        else if (uri.UserInfo.Length > 0)
        {
            // The message does not repeat the URL: it holds a password.
            findings.Add(PolicyRules.BadDestination, at, "a destination has no user and password; take them out of the URL");
        }
        else if (uri.Query.Length > 0 || uri.Fragment.Length > 0 || uri.Port == 0)
        {
            findings.Add(PolicyRules.BadDestination, at, $"{Words.Quote(url)} has a query, a fragment or port 0; write scheme, host, port and at most a base path");
        }
        else if (IsLinkLocal(uri.Host))
        {
            findings.Add(PolicyRules.LinkLocal, at, $"{Words.Quote(uri.Host)} is a link-local or metadata address, where clouds keep credentials; name the service itself");
        }
    }

    /// <summary>169.254.0.0/16 and fe80::/10, also written as IPv4 in IPv6, and the metadata names and addresses of the large clouds.</summary>
    internal static bool IsLinkLocal(string host)
    {
        if (!IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address))
        {
            return host.TrimEnd('.').Equals("metadata.google.internal", StringComparison.OrdinalIgnoreCase);
        }

        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        byte[] bytes = address.GetAddressBytes();
        return address.IsIPv6LinkLocal
            || (bytes.Length == 4 && bytes[0] == 169 && bytes[1] == 254)
            || address.Equals(_awsMetadata);
    }

    private static readonly IPAddress _awsMetadata = IPAddress.Parse("fd00:ec2::254");

    private static void Bounds(BackendPolicy backend, string at, Findings findings)
    {
        BackendConcurrencyPolicy limit = backend.Concurrency;
        if (limit.Min > limit.Max)
        {
            findings.Add(PolicyRules.WrongOrder, at + "/concurrency", $"min {limit.Min} is above max {limit.Max}; swap or change them");
        }
        else if (limit.Initial < limit.Min || limit.Initial > limit.Max)
        {
            findings.Add(PolicyRules.WrongOrder, at + "/concurrency", $"initial {limit.Initial} is not between min {limit.Min} and max {limit.Max}; change one of them");
        }

        if (limit.QueueHeader is { } header && !HttpToken.Is(header))
        {
            findings.Add(PolicyRules.BadHeader, at + "/concurrency/queueHeader", $"{Words.Quote(header)} is no header name; write one like \"Server-Timing\"");
        }

        if (backend.Health is not { } health)
        {
            return;
        }

        if (health.Timeout > health.Interval)
        {
            findings.Add(PolicyRules.WrongOrder, at + "/health", $"timeout {health.Timeout} is longer than interval {health.Interval}; a probe must end before the next begins");
        }

        if (!health.Path.StartsWith('/') || health.Path.StartsWith("//", StringComparison.Ordinal) || health.Path.Any(c => c is < '!' or > '~' or '#' or '\\'))
        {
            findings.Add(PolicyRules.BadHealthPath, at + "/health/path", $"{Words.Quote(health.Path)} is no absolute path; write one like \"/healthz\"");
        }
    }
}
