using SandGlass.Policy;

namespace SandGlass.Alarms;

/// <summary>Who is told of alarms. Address and token are secrets: nothing that shows or logs may name them.</summary>
/// <param name="Url">Where to.</param>
/// <param name="Token">Sent as Bearer; null: none.</param>
/// <param name="Least">The least severe that is told.</param>
public sealed record WebhookPlan(Uri Url, string? Token, AlarmSeverity Least)
{
    /// <summary>What a valid policy says; null: nothing, or its secret is not there.</summary>
    internal static WebhookPlan? Of(WebhookPolicy? policy, PolicyPlace place)
    {
        var url = policy is null ? null : Resolved(policy.Url, place);
        return url is null ? null : new(new(url), policy!.Token is { } token ? Resolved(token, place) : null, policy.Severity);
    }

    /// <inheritdoc/>
    public override string ToString() => nameof(WebhookPlan);

    private static string? Resolved(string written, PolicyPlace place) =>
        SecretReference.TryParse(written, out var reference) ? place.Secret(reference) : written;
}
