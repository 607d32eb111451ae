namespace SandGlass.Policy;

/// <summary>The webhook of the alarms: an address that may be called, and no secret in clear. No message repeats an address: it may be one.</summary>
internal static class WebhookValidator
{
    public static void Validate(GatewayPolicy policy, PolicyPlace place, Findings findings)
    {
        if (policy.AlarmWebhook is not { } webhook)
        {
            return;
        }

        const string At = "/alarmWebhook/url";
        string? url = webhook.Url;
        if (SecretReference.TryParse(webhook.Url, out SecretReference reference))
        {
            SecretValidator.Found(reference, place, At, findings);
            url = place.Secret(reference);
        }

        if (url is { Length: > 0 } && Wrong(url, webhook.Url == url) is var (rule, why))
        {
            findings.Add(rule, At, why);
        }

        if (webhook.Token is { } token)
        {
            SecretValidator.Reference(token, place, "/alarmWebhook/token", findings);
        }

        if (policy.Alarms.Count == 0)
        {
            findings.Add(PolicyRules.NoEffect, "/alarmWebhook", "there are no \"alarms\" that it could tell of");
        }
    }

    private static (PolicyRule Rule, string Why)? Wrong(string url, bool inClear) =>
        !Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https")
            ? (PolicyRules.BadDestination, "the webhook's address is no absolute http or https URL")
            : inClear && (uri.UserInfo.Length > 0 || uri.Query.Length > 0)
            ? (PolicyRules.SecretInClear, $"an address with credentials or a query is written {SecretReference.HowToWrite}")
            : BackendValidator.IsLinkLocal(uri.Host)
            ? (PolicyRules.LinkLocal, "the webhook's address is a link-local or metadata address, where clouds keep credentials; name the service itself")
            : null;
}
