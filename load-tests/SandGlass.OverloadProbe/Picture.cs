using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace SandGlass.OverloadProbe;

/// <summary>
/// Goodput by chain, stacked, over time, a panel for each measurement; above each, on a scale of its own, what was offered, for ten times
/// the capacity would leave the goodput a line at the bottom. One SVG with nothing outside it.
/// </summary>
internal static class Picture
{
    private const double Wide = 560, High = 170, Strip = 34, Margin = 52, Gap = 46, Top = 92;
    private const double Bin = 0.5;

    private static readonly string[] Colours = ["#1f5a94", "#3a9a8c", "#e3a12f", "#b5b5b5", "#c05a4a", "#7a5aa8"];

    private sealed record Panel(string Who, string Scenario, double Capacity, double Seconds, string[] Chains, double[][] Good, double[] Offered);

    public static int Draw(string file, string[] series)
    {
        Panel[] panels = [.. series.Select(Read)];
        var columns = panels.Length > 1 ? 2 : 1;
        var rows = (panels.Length + columns - 1) / columns;
        var width = (columns * (Wide + Margin)) + 20;
        var height = Top + (rows * (Strip + High + Gap)) + 10;
        var svg = new StringBuilder();
        svg.Append(Text($"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:0} {height:0}" font-family="sans-serif" font-size="12" fill="#222">"""));
        svg.Append(Text($"""<rect width="{width:0}" height="{height:0}" fill="#fff"/>"""));
        svg.Append(Text($"""<text x="{Margin}" y="26" font-size="17" font-weight="bold">Goodput by chain over time: {Html(panels[0].Scenario)}</text>"""));
        Legend(svg, panels[0]);
        for (var i = 0; i < panels.Length; i++)
        {
            svg.Append(Text($"""<g transform="translate({Margin + (i % columns * (Wide + Margin)):0} {Top + (i / columns * (Strip + High + Gap)):0})">"""));
            Draw(svg, panels[i]);
            svg.Append("</g>");
        }

        svg.Append("</svg>\n");
        File.WriteAllText(file, svg.ToString());
        return 0;
    }

    private static void Legend(StringBuilder svg, Panel panel)
    {
        var x = Margin;
        for (var i = 0; i < panel.Chains.Length; i++)
        {
            svg.Append(Text($"""<rect x="{x:0}" y="42" width="12" height="12" fill="{Colours[i % Colours.Length]}"/><text x="{x + 17:0}" y="52">{Html(panel.Chains[i])}</text>"""));
            x += 34 + (panel.Chains[i].Length * 7);
        }

        svg.Append(Text($"""<path d="M{x:0} 48h22" stroke="#222" stroke-dasharray="5 3"/><text x="{x + 27:0}" y="52">what the shop bears</text>"""));
        svg.Append(Text($"""<path d="M{x + 160:0} 48h22" stroke="#a02020" stroke-width="1.5"/><text x="{x + 187:0}" y="52">offered (own scale)</text>"""));
    }

    private static void Draw(StringBuilder svg, Panel panel)
    {
        double X(double seconds) => seconds / panel.Seconds * Wide;
        double Y(double rate) => Strip + High - (Math.Min(rate / (panel.Capacity * 1.25), 1) * High);
        var most = panel.Offered.Max();
        svg.Append(Text($"""<text x="0" y="-6" font-weight="bold">{Html(panel.Who)}</text><text x="{Wide}" y="-6" text-anchor="end" fill="#a02020">offered up to {most:0}/s</text>"""));
        // What was offered.
        svg.Append("""<path fill="none" stroke="#a02020" stroke-width="1.5" d="M""");
        svg.AppendJoin('L', panel.Offered.Select((rate, i) => Text($"{X((i + 0.5) * Bin):0.0} {Strip - 6 - (rate / most * (Strip - 10)):0.0}")));
        svg.Append("\"/>");
        // Stacked from the most critical up.
        var below = new double[panel.Offered.Length];
        for (var chain = 0; chain < panel.Chains.Length; chain++)
        {
            double[] above = [.. below.Zip(panel.Good[chain], static (a, b) => a + b)];
            svg.Append(Text($"""<path fill="{Colours[chain % Colours.Length]}" d="M"""));
            svg.AppendJoin('L', above.Select((rate, i) => Text($"{X((i + 0.5) * Bin):0.0} {Y(rate):0.0}")));
            svg.Append('L');
            svg.AppendJoin('L', below.Select((rate, i) => Text($"{X((i + 0.5) * Bin):0.0} {Y(rate):0.0}")).Reverse());
            svg.Append("Z\"/>");
            below = above;
        }

        svg.Append(Text($"""<path d="M0 {Y(panel.Capacity):0.0}H{Wide}" stroke="#222" stroke-dasharray="5 3"/>"""));
        svg.Append(Text($"""<path d="M0 {Strip}V{Strip + High}H{Wide}" fill="none" stroke="#222"/>"""));
        foreach (var rate in new[] { 0, panel.Capacity / 2, panel.Capacity })
        {
            svg.Append(Text($"""<text x="-6" y="{Y(rate) + 4:0.0}" text-anchor="end">{rate:0}</text>"""));
        }

        var every = panel.Seconds > 120 ? 60 : panel.Seconds > 45 ? 10 : 5;
        for (var at = 0; at <= panel.Seconds; at += every)
        {
            svg.Append(Text($"""<text x="{X(at):0.0}" y="{Strip + High + 16}" text-anchor="middle">{at} s</text>"""));
        }
    }

    private static Panel Read(string file)
    {
        JsonElement[] lines = [.. File.ReadLines(file).Select(static line => JsonDocument.Parse(line).RootElement)];
        var plan = lines.First(static l => Kind(l) == "plan");
        string[] chains = [.. plan.GetProperty("chains").EnumerateArray().Select(static c => c.GetString()!)];
        var seconds = plan.GetProperty("seconds").GetDouble();
        var bins = (int)(seconds / Bin);
        double[][] good = [.. chains.Select(_ => new double[bins])];
        var offered = new double[bins];
        foreach (var cell in lines.Where(static l => Kind(l) == "cell"))
        {
            var bin = Math.Min(bins - 1, (int)((cell.GetProperty("t").GetDouble() + 1e-6) / Bin));
            good[Array.IndexOf(chains, cell.GetProperty("chain").GetString())][bin] += cell.GetProperty("good").GetInt32() / Bin;
            offered[bin] += cell.GetProperty("offered").GetInt32() / Bin;
        }

        return new(plan.GetProperty("who").GetString()!, plan.GetProperty("scenario").GetString()!, plan.GetProperty("capacity").GetDouble(), seconds, chains, good, offered);
    }

    private static string Kind(JsonElement line) => line.GetProperty("kind").GetString()!;

    private static string Html(string text) => WebUtility.HtmlEncode(text);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
