using System.Globalization;
using System.Text.Json;
using SandGlass.Policy;

namespace SandGlass.Alarms;

/// <summary>
/// One alarm as Alertmanager's webhook tells it, version 4 (prometheus.io/docs/alerting/latest/configuration/#webhook_config), so that what
/// listens to an Alertmanager listens to us. One group an alarm: its beginning and its end have the same key and fingerprint.
/// </summary>
internal static class AlertmanagerMessage
{
    // Names are written as the format has them, which is not one style.
    private static readonly JsonSerializerOptions Json = new();

    /// <summary>The body of the POST.</summary>
    /// <param name="alarm">What began, or is over.</param>
    /// <param name="gateway">The policy's name.</param>
    /// <param name="address">Where operators find this gateway.</param>
    /// <param name="now">Wall clock.</param>
    public static byte[] Write(AlarmStatus alarm, string gateway, string address, DateTimeOffset now)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["alertname"] = alarm.Name,
            ["gateway"] = gateway,
            ["instance"] = address,
            ["metric"] = alarm.Metric,
            ["severity"] = PolicyShape.Word(alarm.Severity),
        };
        if (alarm.Chain is { } chain)
        {
            labels["chain"] = chain;
        }

        var annotations = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["summary"] = alarm.Text };
        if (alarm.Description is { Length: > 0 } description)
        {
            annotations["description"] = description;
        }

        if (alarm.Value is { } value)
        {
            annotations["value"] = value.ToString(CultureInfo.InvariantCulture);
        }

        var status = alarm.IsFiring ? "firing" : "resolved";
        return JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                version = "4",
                groupKey = $"{{}}:{{alertname=\"{alarm.Name}\"}}",
                truncatedAlerts = 0,
                status,
                receiver = "sandglass",
                groupLabels = new { alertname = alarm.Name },
                commonLabels = labels,
                commonAnnotations = annotations,
                externalURL = address,
                alerts = new[]
                {
                    new
                    {
                        status,
                        labels,
                        annotations,
                        startsAt = (alarm.FiredAt ?? now).ToUniversalTime(),
                        // The zero of Go's clock: it has not ended.
                        endsAt = alarm.IsFiring ? default : now.ToUniversalTime(),
                        generatorURL = $"{address}/api/alarms",
                        fingerprint = Fingerprint(labels),
                    },
                },
            },
            Json);
    }

    // FNV-1a over the sorted labels, as Prometheus does it: the same labels have the same fingerprint on every gateway and after a restart.
    private static string Fingerprint(SortedDictionary<string, string> labels)
    {
        var hash = 14695981039346656037UL;
        foreach (var (name, value) in labels)
        {
            foreach (var b in System.Text.Encoding.UTF8.GetBytes($"{name}\u00ff{value}\u00ff"))
            {
                hash = (hash ^ b) * 1099511628211UL;
            }
        }

        return hash.ToString("x16", CultureInfo.InvariantCulture);
    }
}
