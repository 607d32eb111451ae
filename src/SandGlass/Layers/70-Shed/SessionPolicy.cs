using SandGlass.Policy;

namespace SandGlass.Layers.Shed;

/// <summary>Where on a client's way a route stands.</summary>
public enum SessionStep
{
    /// <summary>Who is admitted here has begun what he should be able to finish: cart, check-out.</summary>
    Begin,

    /// <summary>It is finished here: the payment went through.</summary>
    End,
}

/// <summary>
/// Sessions: who is half-way through a check-out goes before who has not begun, within the same criticality. Four steps that each let half
/// through, with dice, complete one check-out in sixteen; so they complete nearly all that were begun. Routes say where one begins and ends.
/// </summary>
public sealed record SessionPolicy
{
    /// <summary>How long a session lasts from its last beginning, "1m".."24h". Default "15m".</summary>
    [Within("1m", "24h")]
    public Duration For { get; init; } = Duration.FromSeconds(900);

    /// <summary>The name of the signed cookie that the gateway sets and reads. Default "sandglass-session".</summary>
    public string Cookie { get; init; } = "sandglass-session";

    /// <summary>
    /// Where the signing secret is: "env:NAME" or "file:PATH"; all gateways of a fleet need the same. Default: made at each start, so that
    /// a restart, or another gateway, knows of no session.
    /// </summary>
    public string? Secret { get; init; }
}
