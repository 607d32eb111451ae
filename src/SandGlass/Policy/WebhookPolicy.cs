namespace SandGlass.Policy;

/// <summary>Who is told of alarms: one POST in the form of Alertmanager's webhook when an alarm begins, and one when it is over.</summary>
public sealed record WebhookPolicy
{
    /// <summary>
    /// Where alarms are posted: "env:NAME", "file:PATH", or an http or https URL without credentials and query. Many services have their
    /// secret in the URL's path: point to such a one. Needed.
    /// </summary>
    [Needed]
    public string Url { get; init; } = "";

    /// <summary>Where the token of the header Authorization: Bearer is: "env:NAME" or "file:PATH". Never the token itself. Default: none.</summary>
    public string? Token { get; init; }

    /// <summary>The least severe alarms that are told. Default "ticket".</summary>
    public AlarmSeverity Severity { get; init; } = AlarmSeverity.Ticket;
}
