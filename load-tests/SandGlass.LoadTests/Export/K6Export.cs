using System.Text;
using System.Text.Json;
using SandGlass.LoadTests.Config;
using SandGlass.LoadTests.Planning;

namespace SandGlass.LoadTests.Export;

/// <summary>A k6 script: arrival-rate executors for the open model, vus for the closed one.</summary>
internal static class K6Export
{
    public static string Write(LoadConfig config, Action<string> lost)
    {
        var text = new StringBuilder("import http from 'k6/http';\nimport { check, sleep } from 'k6';\n\nexport const options = {\n  scenarios: {\n");
        foreach (var (i, scenario) in config.Scenarios.Index())
        {
            text.Append($"    {Js(scenario.Name)}: {{ exec: 's{i}', {Executor(scenario, lost)} }},\n");
        }

        text.Append("  },\n  thresholds: {\n");
        foreach (var group in config.Thresholds.Select(t => (Threshold: t, Text: Threshold(t, config.Scenarios[t.Scenario], lost))).Where(static t => t.Text is not null).GroupBy(static t => t.Text!.Value.Metric))
        {
            text.Append($"    {Js(group.Key)}: [{string.Join(", ", group.Select(static t => Js(t.Text!.Value.Expression)))}],\n");
        }

        text.Append("  },\n};\n");
        foreach (var (i, scenario) in config.Scenarios.Index())
        {
            Journey(text, i, scenario, lost);
        }

        return text.ToString();
    }

    private static string Executor(Scenario scenario, Action<string> lost)
    {
        if (scenario.WarmUp > TimeSpan.Zero)
        {
            lost($"{scenario.Name}: WarmUpDuration; k6 measures from the first request on");
        }

        switch (scenario.Simulations[0])
        {
            case IterationsForConstant some:
                return $"executor: 'shared-iterations', vus: {Math.Round(some.Copies):0}, iterations: {some.Iterations}, maxDuration: '24h'";
            case IterationsForInject some:
                lost($"{scenario.Name}: the exact number of iterations; k6 ends by time");
                return $"executor: 'constant-arrival-rate', rate: {Math.Max(1, Math.Round(some.Rate)):0}, timeUnit: '{Ms(some.Interval)}', duration: '{Ms(some.Interval * (some.Iterations / some.Rate))}', preAllocatedVUs: 1000";
        }

        List<string> stages = [];
        foreach (var simulation in scenario.Simulations)
        {
            // A stage of no length is a step.
            stages.Add(simulation switch
            {
                Inject s => $"{Stage(PerMinute(s.Rate, s.Interval), 0)}, {Stage(PerMinute(s.Rate, s.Interval), s.During.TotalMilliseconds)}",
                RampingInject s => Stage(PerMinute(s.Rate, s.Interval), s.During.TotalMilliseconds),
                InjectRandom s => Random(scenario, s, lost),
                KeepConstant s => $"{Stage(s.Copies, 0)}, {Stage(s.Copies, s.During.TotalMilliseconds)}",
                RampingConstant s => Stage(s.Copies, s.During.TotalMilliseconds),
                Pause s => $"{Stage(0, 0)}, {Stage(0, s.During.TotalMilliseconds)}",
                _ => throw new ArgumentOutOfRangeException(nameof(scenario), simulation, "stands alone"),
            });
        }

        var executor = scenario.Closed ? "executor: 'ramping-vus', startVUs: 0" : "executor: 'ramping-arrival-rate', startRate: 0, timeUnit: '1m', preAllocatedVUs: 1000, maxVUs: 20000";
        return $"{executor}, stages: [{string.Join(", ", stages)}]";
    }

    private static string Random(Scenario scenario, InjectRandom random, Action<string> lost)
    {
        lost($"{scenario.Name}: InjectRandom's chance; k6 gets its mean");
        var rate = PerMinute((random.MinRate + random.MaxRate) / 2, random.Interval);
        return $"{Stage(rate, 0)}, {Stage(rate, random.During.TotalMilliseconds)}";
    }

    private static (string Metric, string Expression)? Threshold(Threshold threshold, Scenario scenario, Action<string> lost)
    {
        var part = Planning.Threshold.Part(threshold.Metric);
        (string, string)? found = (threshold.Subject, threshold.Step, threshold.Sign) switch
        {
            (Subject.OkLatency, null, not ("=" or "!=")) => ($"http_req_duration{{scenario:{scenario.Name}}}", $"{(part is null ? threshold.Metric.Replace("mean", "avg", StringComparison.Ordinal) : $"p({part * 100:0.##})")}{threshold.Sign}{threshold.Limit}"),
            (Subject.FailRequest, null, not ("=" or "!=")) when threshold.Metric == "percent" => ($"http_req_failed{{scenario:{scenario.Name}}}", $"rate{threshold.Sign}{threshold.Limit / 100:0.######}"),
            _ => null,
        };
        if (found is null)
        {
            lost($"{scenario.Name}: threshold {threshold.Text}");
        }

        return found;
    }

    private static void Journey(StringBuilder text, int index, Scenario scenario, Action<string> lost)
    {
        text.Append($"\nexport function s{index}() {{\n  const v = [];\n");
        foreach (var (i, feed) in scenario.Feeds.Index())
        {
            text.Append($"  v[{i}] = {Feed(scenario, feed, lost)};\n");
        }

        var target = Js(scenario.Target.GetLeftPart(UriPartial.Authority));
        foreach (var step in scenario.Steps)
        {
            var headers = string.Join(", ", step.Headers.Select(static h => $"{Js(h.Name)}: {h.Value.Script()}"));
            text.Append($"  {{\n    const r = http.request({Js(step.Method.Method)}, {target} + {step.Path.Script()}, {step.Body?.Script() ?? "null"}, {{ headers: {{ {headers} }}, tags: {{ name: {Js(step.Name)} }}, timeout: '{Ms(scenario.Timeout)}' }});\n");
            var checks = step.Checks.Count == 0 ? "r.status >= 200 && r.status < 400" : string.Join(" && ", step.Checks.Select(Check));
            text.Append($"    if (!check(r, {{ {Js(step.Name)}: () => {checks} }})) return;\n");
            foreach (var (value, pointer) in step.Saves)
            {
                text.Append($"    v[{value}] = String({Js(pointer)}.split('/').slice(1).reduce((at, key) => at[key], r.json()));\n");
            }

            var (from, to) = (step.Think.From.TotalSeconds, step.Think.To.TotalSeconds);
            text.Append(to > 0 ? $"    sleep({from:0.###} + Math.random() * {to - from:0.###});\n  }}\n" : "  }\n");
        }

        text.Append("}\n");
    }

    private static string Check(Check check) => check switch
    {
        StatusCheck s => $"[{string.Join(", ", s.Statuses)}].includes(r.status)",
        ContainsCheck c => $"r.body.includes({Js(c.Text)})",
        HeaderCheck h => $"Object.entries(r.headers).some(([k, x]) => k.toLowerCase() === {Js(h.Name.ToLowerInvariant())} && x.toLowerCase().includes({Js(h.Text.ToLowerInvariant())}))",
        _ => "true",
    };

    private static string Feed(Scenario scenario, Feed feed, Action<string> lost)
    {
        switch (feed)
        {
            case ListFeed list:
                return $"{JsonSerializer.Serialize(list.Values)}[{(list.Random ? $"Math.floor(Math.random() * {list.Values.Count})" : $"__ITER % {list.Values.Count}")}]";
            case RangeFeed range:
                return $"{Js(range.Prefix)} + ({range.From} + Math.floor(Math.random() * {range.To - range.From + 1}))";
            case CountFeed:
                return "`${__VU}-${__ITER}`";
            case ClientFeed:
                return "`198.${18 + Math.floor(Math.random() * 2)}.${Math.floor(Math.random() * 256)}.${Math.floor(Math.random() * 256)}`";
            case ZipfFeed zipf:
                // Continuous instead of exact: near enough for a popularity, and no table in the script.
                lost($"{scenario.Name}: exact Zipf popularity of {feed.Name}; the script approaches it");
                var (count, s) = (zipf.Popularity.Count, zipf.Popularity.Exponent);
                var rank = Math.Abs(s - 1) < 1e-6 ? $"Math.pow({count + 1}, Math.random())" : $"Math.pow(1 + Math.random() * (Math.pow({count + 1}, {1 - s}) - 1), {1 / (1 - s)})";
                return $"{Js(zipf.Prefix)} + Math.floor({rank})";
            default:
                return "''";
        }
    }

    private static double PerMinute(double rate, TimeSpan interval) => Math.Round(rate / interval.TotalMinutes);

    private static string Stage(double target, double milliseconds) => $"{{ target: {Math.Round(target):0}, duration: '{milliseconds:0}ms' }}";

    private static string Ms(TimeSpan span) => $"{span.TotalMilliseconds:0}ms";

    private static string Js(string text) => JsonSerializer.Serialize(text);
}
