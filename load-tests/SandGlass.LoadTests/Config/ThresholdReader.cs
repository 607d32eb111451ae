using System.Globalization;
using System.Text.RegularExpressions;
using SandGlass.LoadTests.Planning;

namespace SandGlass.LoadTests.Config;

/// <summary>Reads <c>ThresholdSettings</c>: <c>{ "OkLatency": "p99 &lt; 300" }</c>, <c>{ "StatusCode": ["503", "Percent &lt; 5"] }</c>.</summary>
internal sealed partial class ThresholdReader(Fields scenario, IReadOnlyList<Step> steps, List<Finding> findings)
{
    private const string Key = "ThresholdSettings";
    private static readonly string[] Counts = ["rps", "percent"];
    private static readonly string[] Latencies = ["min", "mean", "max", "p50", "p75", "p90", "p95", "p99", "p99.9", "p99.99"];

    public IReadOnlyList<Threshold> Read()
    {
        List<Threshold> thresholds = [];
        var items = scenario.List(Key);
        for (var i = 0; i < items.Count; i++)
        {
            if (Fields.Of(items[i], scenario.PathOf($"{Key}/{i}"), findings) is { } fields && Read(fields) is { } threshold)
            {
                thresholds.Add(threshold);
            }
        }

        return thresholds;
    }

    private Threshold? Read(Fields fields)
    {
        string[] stepNames = [.. steps.Select(static s => s.Name)];
        var step = fields.Has("StepName") ? fields.Text("StepName") : null;
        if (step is not null && !stepNames.Contains(step))
        {
            fields.Wrong(fields.Take("StepName"), "StepName", $"there is no step \"{step}\"{Words.Instead(step, stepNames)}");
        }

        var abort = fields.Whole("AbortWhenErrorCount", 1);
        var after = fields.Time("StartCheckAfter", zero: true);
        Subject[] subjects = [.. Enum.GetValues<Subject>().Where(s => fields.Take(s.ToString()) is not null)];
        fields.Take("StepName");
        fields.End();
        if (subjects is not [var subject])
        {
            fields.Wrong(null, string.Empty, $"must have one of {string.Join(", ", Enum.GetNames<Subject>())}");
            return null;
        }

        var key = subject.ToString();
        var node = fields.Take(key);
        int? status = null;
        if (subject == Subject.StatusCode)
        {
            if (node is not ArrayNode { Items: [var code, var body] } || fields.Text(code, $"{key}/0") is not { } digits || !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                fields.Wrong(node, key, "must be [\"503\", \"Percent < 5\"]: the status as a text, and what it must be");
                return null;
            }

            (status, node) = (number, body);
        }

        return fields.Text(node, key) is { } text && Parse(fields, node!, key, subject, text) is var (metric, sign, limit)
            ? new Threshold(0, step is null ? null : Array.IndexOf(stepNames, step), subject, status, metric, sign, limit, Written(step, key, status, text))
            {
                AbortWhenErrorCount = abort ?? long.MaxValue,
                StartCheckAfter = after ?? TimeSpan.Zero,
            }
            : null;
    }

    private static (string Metric, string Sign, double Limit)? Parse(Fields fields, Node node, string key, Subject subject, string text)
    {
        var known = subject switch { Subject.OkLatency => Latencies, Subject.OkDataTransfer => ["mean"], _ => Counts };
        var match = Body().Match(text);
        if (!match.Success)
        {
            fields.Wrong(node, key, $"\"{text}\" must be a metric, a sign and a number, such as \"{known[^1]} < 300\"");
            return null;
        }

        var metric = match.Groups[1].Value.ToLowerInvariant();
        if (!known.Contains(metric))
        {
            fields.Wrong(node, key, $"{key} has no \"{match.Groups[1].Value}\"{Words.Instead(metric, known)}");
            return null;
        }

        return (metric, match.Groups[2].Value == "==" ? "=" : match.Groups[2].Value, double.Parse(match.Groups[3].Value, CultureInfo.InvariantCulture));
    }

    private static string Written(string? step, string key, int? status, string text) =>
        $"{(step is null ? string.Empty : step + ": ")}{key}{(status is null ? string.Empty : $" {status}")} {text}";

    [GeneratedRegex(@"^\s*([A-Za-z][A-Za-z0-9.]*)\s*(<=|>=|==|!=|<|>|=)\s*(\d+(?:\.\d+)?)\s*$")]
    private static partial Regex Body();
}
