using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using SandGlass.Policy;

namespace SandGlass.Alarms;

/// <summary>
/// The policy's alarms as alerting rules of Prometheus, for whoever has one already: the same measure, level and time, over a minute where we
/// look at ten seconds. Texts are written as JSON, which is YAML too.
/// </summary>
public static class PrometheusRules
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The file.</summary>
    public static string Write(GatewayPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        var text = new StringBuilder("# The alarms of a SandGlass policy, by sandglass alarms --prometheus. Change the policy, not this.\ngroups:");
        text.Append(policy.Alarms.Count == 0 ? " []\n" : $"\n  - name: {Quote($"sandglass-{policy.Name}")}\n    rules:\n");
        foreach (var (name, alarm) in policy.Alarms)
        {
            var metric = AlarmMetric.Find(alarm.Metric)!;
            var level = (alarm.Above ?? alarm.Below)!.Value.Value.ToString("R", CultureInfo.InvariantCulture);
            var of = AlarmRule.Of(name, alarm, [], TimeSpan.TicksPerSecond).Text;
            text.Append(CultureInfo.InvariantCulture, $"      - alert: {Quote(name)}\n")
                .Append(CultureInfo.InvariantCulture, $"        expr: {Quote($"({metric.Query(Routes(policy, alarm, metric))}) {(alarm.Above is null ? "<" : ">")} {level}")}\n")
                .Append(CultureInfo.InvariantCulture, $"        for: {Span(alarm.For)}\n")
                .Append(CultureInfo.InvariantCulture, $"        labels: {{ \"severity\": {Quote(PolicyShape.Word(alarm.Severity))}{(alarm.Chain is { } chain ? $", \"chain\": {Quote(chain)}" : "")} }}\n")
                .Append(CultureInfo.InvariantCulture, $"        annotations: {{ \"summary\": {Quote(of)}{(alarm.Description is { Length: > 0 } more ? $", \"description\": {Quote(Plain(more))}" : "")} }}\n");
        }

        return text.ToString();
    }

    // Metrics have labels for chain and route, not for criticality: the routes of that rank are named.
    private static string Routes(GatewayPolicy policy, AlarmPolicy alarm, AlarmMetric metric)
    {
        var named = policy.Routes.Where(r => AlarmRule.Includes(alarm, r.Value.Chain, r.Value.Criticality ?? policy.Chains[r.Value.Chain].Criticality))
            .Select(static r => System.Text.RegularExpressions.Regex.Escape(r.Key).Replace("\\", "\\\\", StringComparison.Ordinal));
        // A breaker's series knows its route only.
        return alarm.Criticality is not null || (alarm.Chain is not null && metric.Word == "breakers.open") ? $"route=~\"{string.Join('|', named)}\""
            : alarm.Chain is { } chain ? $"chain=\"{chain.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\""
            : string.Empty;
    }

    // Annotations are templates: what looks like one in an operator's text is text.
    private static string Plain(string text) => text.Replace("{{", "{{ \"{{\" }}", StringComparison.Ordinal);

    private static string Quote(string text) => JsonSerializer.Serialize(text, Json);

    // Prometheus knows no fractions.
    private static string Span(Duration span) => string.Create(
        CultureInfo.InvariantCulture, $"{(span.Value.TotalSeconds % 1 == 0 ? span.Value.TotalSeconds : span.Value.TotalMilliseconds):0}{(span.Value.TotalSeconds % 1 == 0 ? "s" : "ms")}");
}
