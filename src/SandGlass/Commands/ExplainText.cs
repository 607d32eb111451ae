using System.Globalization;
using System.Text;
using SandGlass.Request;

namespace SandGlass.Commands;

/// <summary>An explanation for people in a terminal.</summary>
internal static class ExplainText
{
    public static string Write(Explanation told)
    {
        var text = new StringBuilder();
        Line("request", $"{told.Method} {told.Url}{(told.Path.Length > 0 && !told.Url.StartsWith(told.Path, StringComparison.Ordinal) ? $", read as {told.Path}" : string.Empty)}");
        Line("client", told.Client.Address
            + (told.Client.Key == told.Client.Address ? string.Empty : $", counted as {told.Client.Key}")
            + (told.Client.Peer == told.Client.Address ? string.Empty : $" (TCP peer {told.Client.Peer})"));
        Line(string.Empty, told.Client.How);
        if (told.Client.Dropped.Count > 0)
        {
            Line(string.Empty, $"taken off: {string.Join(", ", told.Client.Dropped)}");
        }

        if (told.Route is { } route)
        {
            Line("route", $"{route.Name}: {route.Pattern}, chain {route.Chain}, {route.Criticality}, timeout {route.Timeout}");
            foreach (var (name, value) in route.Parameters)
            {
                Line(string.Empty, $"{name} = {value}");
            }
        }
        else
        {
            Line("route", "none");
        }

        foreach (var (other, i) in told.Others.Take(8).Select(static (o, i) => (o, i)))
        {
            Line(i == 0 ? "not" : string.Empty, $"{other.Route}: {other.Why}");
        }

        if (told.OtherCount > Math.Min(8, told.Others.Count))
        {
            Line(string.Empty, string.Create(CultureInfo.InvariantCulture, $"and {told.OtherCount - Math.Min(8, told.Others.Count)} more"));
        }

        text.AppendLine();
        foreach (var step in told.Steps)
        {
            var word = step.Verdict switch
            {
                "none" => "-",
                _ when step.Would => "would " + step.Verdict,
                _ when !step.Acts => step.Verdict + " (shadow)",
                _ => step.Verdict,
            };
            text.AppendLine(string.Create(
                CultureInfo.InvariantCulture, $"{(step.Reached ? "  " : "  ~")}{step.Layer,-12} {step.Rule,-20} {word,-14} {(step.Text == told.Client.How ? string.Empty : step.Text)}{Percent(step)}").TrimEnd());
        }

        text.AppendLine();
        return text.Append(CultureInfo.InvariantCulture, $"{told.End.Outcome,-9}{Status(told.End)}{told.End.Text}").ToString();

        void Line(string head, string rest) => text.AppendLine(CultureInfo.InvariantCulture, $"{head,-9}{rest}");
    }

    private static string Percent(ExplainedStep step) =>
        step.Mode == "enforce" && step.EnforcePercent < 100
            ? string.Create(CultureInfo.InvariantCulture, $" (acts on {step.EnforcePercent:0.##} % of the clients, {(step.Acts ? "this one too" : "not on this one")})")
            : string.Empty;

    private static string Status(ExplainedEnd end) => end.Status > 0 ? string.Create(CultureInfo.InvariantCulture, $"{end.Status}, ") : string.Empty;
}
