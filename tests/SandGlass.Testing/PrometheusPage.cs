using System.Globalization;
using System.Text.RegularExpressions;

namespace SandGlass.Testing;

/// <summary>
/// A page in Prometheus' text format 0.0.4, read strictly: HELP and TYPE once a family and before its samples, families in one piece,
/// names and labels of the allowed characters, no sample twice, histograms that add up. Anything else is a <see cref="FormatException"/>.
/// </summary>
public sealed partial class PrometheusPage
{
    private readonly Dictionary<string, double> _samples = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _types = new(StringComparer.Ordinal);
    private readonly HashSet<string> _helped = new(StringComparer.Ordinal);

    /// <summary>Samples by <c>name{label="value",…}</c>, labels in alphabetical order.</summary>
    public IReadOnlyDictionary<string, double> Samples => _samples;

    /// <summary>Families and their types.</summary>
    public IReadOnlyDictionary<string, string> Types => _types;

    /// <summary>Reads a page.</summary>
    public static PrometheusPage Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Demand(text.EndsWith('\n') && !text.Contains('\r', StringComparison.Ordinal), "lines end in LF, the last one too");
        var page = new PrometheusPage();
        var family = string.Empty;
        foreach (var line in text[..^1].Split('\n'))
        {
            if (line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                family = line.Split(' ')[2];
                Demand(line.Split(' ').Length > 3 && page._helped.Add(family), $"one HELP with a text: {line}");
            }
            else if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                var words = line.Split(' ');
                Demand(words.Length == 4 && words[2] == family && page._types.TryAdd(family, words[3]), $"one TYPE after its HELP: {line}");
                Demand(words[3] is "counter" or "gauge" or "histogram" or "summary", line);
            }
            else
            {
                page.TakeSample(line, family);
            }
        }

        page.CheckHistograms();
        return page;
    }

    /// <summary>The sum of all samples of this name whose labels contain all of <paramref name="labels"/>, each as <c>name="value"</c>.</summary>
    public double Sum(string name, params string[] labels) => _samples
        .Where(s => (s.Key == name || s.Key.StartsWith(name + "{", StringComparison.Ordinal)) && labels.All(l => s.Key.Contains(l, StringComparison.Ordinal)))
        .Sum(static s => s.Value);

    [GeneratedRegex("""^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (\S+)$""", RegexOptions.NonBacktracking)]
    private static partial Regex Sample();

    [GeneratedRegex("""([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)""", RegexOptions.NonBacktracking)]
    private static partial Regex Label();

    private static void Demand(bool holds, string what)
    {
        if (!holds)
        {
            throw new FormatException(what);
        }
    }

    private void TakeSample(string line, string family)
    {
        var match = Sample().Match(line);
        Demand(match.Success, $"a sample: {line}");
        var name = match.Groups[1].Value;
        var type = _types.GetValueOrDefault(family);
        var suffixes = type == "histogram" ? new[] { "_bucket", "_sum", "_count" } : [string.Empty];
        Demand(suffixes.Any(s => name == family + s), $"a sample of the family {family}: {line}");
        Demand(type != "counter" || name.EndsWith("_total", StringComparison.Ordinal), $"counters end in _total: {line}");
        var labels = Label().Matches(match.Groups[2].Value).Select(static m => $"{m.Groups[1].Value}=\"{m.Groups[2].Value}\"").ToArray();
        Demand(labels.Select(static l => l.Split('=')[0]).Distinct().Count() == labels.Length, $"no label twice: {line}");
        var key = labels.Length == 0 ? name : $"{name}{{{string.Join(',', labels.Order(StringComparer.Ordinal))}}}";
        var text = match.Groups[3].Value;
        var value = text == "+Inf" ? double.PositiveInfinity : double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        Demand(type == "gauge" || value >= 0, $"nothing counted is below 0: {line}");
        Demand(_samples.TryAdd(key, value), $"no series twice: {line}");
    }

    private void CheckHistograms()
    {
        foreach (var (family, _) in _types.Where(static t => t.Value == "histogram"))
        {
            var groups = _samples.Where(s => s.Key.StartsWith(family + "_bucket{", StringComparison.Ordinal))
                .GroupBy(static s => Label().Replace(s.Key[s.Key.IndexOf('{', StringComparison.Ordinal)..], static m => m.Groups[1].Value == "le" ? string.Empty : m.Value));
            foreach (var group in groups)
            {
                var values = group.Select(static s => s.Value).ToArray();
                Demand(values.SequenceEqual(values.Order()) && group.Last().Key.Contains("le=\"+Inf\"", StringComparison.Ordinal), $"buckets grow up to +Inf: {group.Key}");
            }
        }
    }
}
