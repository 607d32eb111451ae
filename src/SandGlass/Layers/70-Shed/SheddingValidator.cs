using SandGlass.Policy;
using SandGlass.Request;

namespace SandGlass.Layers.Shed;

/// <summary>Shedding: headers that can be sent.</summary>
internal static class SheddingValidator
{
    public static void Validate(GatewayPolicy policy, PolicyPlace place, Findings findings)
    {
        Header(policy.Shedding.CriticalityHeader, "/shedding/criticalityHeader", "X-Criticality", policy, findings);
        Header(policy.Shedding.RetryHeader, "/shedding/retryHeader", "X-Retry-Attempt", policy, findings);
        SessionPolicy session = policy.Shedding.Session;
        if (!HttpToken.Is(session.Cookie))
        {
            findings.Add(PolicyRules.BadHeader, "/shedding/session/cookie", $"{Words.Quote(session.Cookie)} is no name of a cookie; write one like \"sandglass-session\"");
        }

        if (session.Secret is { } secret)
        {
            SecretValidator.Reference(secret, place, "/shedding/session/secret", findings);
        }

        if (findings.IsWritten("/shedding/session") && policy.Routes.Values.All(static r => r.Session != SessionStep.Begin))
        {
            findings.Add(PolicyRules.NoEffect, "/shedding/session", "no session begins anywhere; write \"session\": \"begin\" at the routes where one does");
        }
    }

    private static void Header(string? name, string at, string like, GatewayPolicy policy, Findings findings)
    {
        if (name is { Length: > 0 } && !HttpToken.Is(name))
        {
            findings.Add(PolicyRules.BadHeader, at, $"{Words.Quote(name)} is no header name; write one like \"{like}\"");
        }
        else if (name is not null && (ForwardingHeaders.LabelOf(name) is not null || IsOfTheEdge(name, policy)))
        {
            findings.Add(PolicyRules.BadHeader, at, $"{Words.Quote(name)} is taken off every request before anybody could read it here; write one like \"{like}\"");
        }
    }

    // Read at the door, and then dropped too.
    private static bool IsOfTheEdge(string name, GatewayPolicy policy) =>
        policy.Edge.ClientIpHeaders.Any(one => ForwardingHeaders.IsSame(one, name)) || (policy.Edge.Proof is { } proof && ForwardingHeaders.IsSame(proof.Header, name));
}
