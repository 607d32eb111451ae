using SandGlass.Policy;

namespace SandGlass.Layers.Shed;

/// <summary>Shedding: headers that can be sent.</summary>
internal static class SheddingValidator
{
    // What Trust drops, from proxies too: it is said anew to the backend.
    private static readonly string[] Ours = ["X-SandGlass-", "X-Forwarded", "Forwarded"];

    public static void Validate(GatewayPolicy policy, PolicyPlace place, Findings findings)
    {
        Header(policy.Shedding.CriticalityHeader, "/shedding/criticalityHeader", "X-Criticality", findings);
        Header(policy.Shedding.RetryHeader, "/shedding/retryHeader", "X-Retry-Attempt", findings);
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

    private static void Header(string? name, string at, string like, Findings findings)
    {
        if (name is { Length: > 0 } && !HttpToken.Is(name))
        {
            findings.Add(PolicyRules.BadHeader, at, $"{Words.Quote(name)} is no header name; write one like \"{like}\"");
        }
        else if (name is not null && Ours.Any(ours => name.Replace('_', '-').StartsWith(ours, StringComparison.OrdinalIgnoreCase)))
        {
            findings.Add(PolicyRules.BadHeader, at, $"{Words.Quote(name)} is taken off every request before anybody could read it here; write one like \"{like}\"");
        }
    }
}
