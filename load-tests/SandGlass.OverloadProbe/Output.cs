using System.Globalization;
using System.Text.Json;

namespace SandGlass.OverloadProbe;

/// <summary>The lines of a measurement: the plan, each chain's tenths of a second, the gates, the summary.</summary>
internal static class Output
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public static void Write(string file, Plan plan, Series series, Watch watch, Measures measures)
    {
        using var to = new StreamWriter(file);
        void Line(object value) => to.WriteLine(JsonSerializer.Serialize(value, Options));
        Line(new { Kind = "plan", plan.Scenario, plan.Who, plan.Capacity, plan.Seconds, plan.Load, plan.Changes, Chains = plan.Chains.Select(static c => c.Name) });
        for (var tenth = 0; tenth < plan.Seconds * Series.PerSecond; tenth++)
        {
            var at = (double)tenth / Series.PerSecond;
            for (var chain = 0; chain < plan.Chains.Length; chain++)
            {
                var cell = series.Of(at, at + (1.0 / Series.PerSecond), c => c == chain).Single();
                float[] took = [.. cell.Good.Order()];
                Line(new
                {
                    Kind = "cell",
                    T = at,
                    Chain = plan.Chains[chain].Name,
                    Offered = cell.Came,
                    Good = took.Length,
                    cell.Refused,
                    cell.Failed,
                    cell.Left,
                    cell.Kept,
                    P50 = Series.Quantile(took, 0.5),
                    P99 = Series.Quantile(took, 0.99),
                });
            }
        }

        foreach (var gate in watch.Gates)
        {
            Line(new { Kind = "gate", T = Math.Round(gate.At, 2), gate.Gateway, gate.Backend, gate.Limit, gate.InFlight, gate.Queued });
        }

        Line(new { Kind = "summary", plan.Scenario, plan.Who, Measures = measures });
    }

    /// <summary>A row of the table whose head overload.sh writes.</summary>
    public static string Row(Plan plan, Measures m, Judge judge, double late, IReadOnlyList<string> missed)
    {
        var aims = plan.Aims is null or { Count: 0 } ? "" : missed.Count == 0 ? "met" : "missed: " + string.Join("; ", missed);
        string Part(Func<MachineReading, long> whose) => judge.Part(whose).ToString("0 %", CultureInfo.InvariantCulture);
        string[] parts = [Part(static r => r.Generator), Part(static r => r.Gateways), Part(static r => r.Shops), Part(static r => r.Busy)];
        return string.Create(CultureInfo.InvariantCulture, $"| {plan.Scenario} | {plan.Who} | {m.Critical:0.0 %} | {m.Total:0.0 %} | {m.P50:0} | {m.P99:0} | {m.P99Ratio:0.00} ")
            + string.Create(CultureInfo.InvariantCulture, $"| {Seconds(m.Settle)} | {Seconds(m.Recover)} | {Besides(m)} | {string.Join(", ", parts)} | {late:0} | {aims} |");
    }

    private static string Seconds(double? value) => value switch
    {
        null => "",
        double.NaN => "never",
        { } seconds => seconds.ToString("0.0", CultureInfo.InvariantCulture),
    };

    private static string Besides(Measures m)
    {
        List<string> parts = [];
        void Add(double? value, string format)
        {
            if (value is not null)
            {
                parts.Add(string.Format(CultureInfo.InvariantCulture, format, value));
            }
        }

        Add(m.Checkouts, "checkouts {0:0.0 %}");
        Add(m.P99Noticed, "p99 ÷ before {0:0.00}");
        Add(m.Jain, "Jain {0:0.000}");
        Add(m.P99Drift, "p99 last ÷ first minute {0:0.00}");
        Add(m.GoodDrift, "goodput {0:0.00}");
        Add(m.MemoryDrift, "memory {0:0.00}");
        Add(m.P99Drift is null ? null : m.CriticalRefused, "critical refused {0:0}");
        Add(m.BreakerOpen, "breaker open after {0:0.0} s");
        Add(m.Leaked is > 0 ? m.Leaked : null, "leaked {0:0}");
        return string.Join(", ", parts);
    }
}
