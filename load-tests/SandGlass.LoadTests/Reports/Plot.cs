using System.Globalization;
using System.Net;

namespace SandGlass.LoadTests.Reports;

/// <summary>A value over time as SVG inside a page: no script, no font, nothing from outside; colours are the page's variables.</summary>
/// <param name="seconds">From left to right.</param>
/// <param name="most">From the bottom to the top.</param>
/// <param name="unit">Of what goes up.</param>
/// <param name="width">In the drawing's own units, of which a letter is 11 high: as wide as it is shown, or the letters grow.</param>
/// <param name="height">Of the plot without labels.</param>
internal sealed class Plot(double seconds, double most, string unit, int width = 1020, int height = 190)
{
    private const int Left = 60;
    private const int Right = 24;
    private const int Lane = 15;

    private readonly double _seconds = Math.Max(seconds, 1e-9);
    private readonly double _most = Math.Max(most, 1e-9);

    /// <summary>Escaped for HTML and SVG.</summary>
    public static string Text(string text) => WebUtility.HtmlEncode(text);

    /// <summary>The keys of what is drawn.</summary>
    public static string Legend(params (string Name, string Colour)[] keys) =>
        $"<p class=\"legend\">{string.Concat(keys.Select(static k => $"<span class=\"key\" style=\"background:{k.Colour}\"></span>{Text(k.Name)}"))}</p>";

    /// <summary>Values at the middles of even steps.</summary>
    public string Line(IReadOnlyList<double> values, string colour, double stroke = 1.6) =>
        $"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"{F(stroke)}\" stroke-linejoin=\"round\" points=\"{string.Join(' ', values.Select((v, i) => $"{F(X((i + 0.5) / values.Count * _seconds))},{F(Y(v))}"))}\"/>";

    /// <summary>Between two lists of values, each of which belongs to the whole of its step.</summary>
    public string Area(IReadOnlyList<double> bottom, IReadOnlyList<double> top, string colour, double opacity = 1) =>
        $"<polygon fill=\"{colour}\"{(opacity < 1 ? $" fill-opacity=\"{F(opacity)}\"" : string.Empty)} points=\"{string.Join(' ', Steps(top).Concat(Steps(bottom).Reverse()))}\"/>";

    /// <summary>A span of time behind all.</summary>
    public string Band(double from, double to, string colour) => string.Create(CultureInfo.InvariantCulture,
        $"<rect x=\"{F(X(from))}\" y=\"{F(Y(_most))}\" width=\"{F(X(to) - X(from))}\" height=\"{height}\" fill=\"{colour}\" fill-opacity=\".1\"/>");

    /// <summary>Outcomes stacked up, the good ones at the bottom.</summary>
    public string Stack(SeriesReport series)
    {
        var below = new double[Math.Max(1, series.Planned.Count)];
        List<string> areas = [];
        foreach (var (name, counts) in series.Outcomes.Where(static o => o.Value.Any(static n => n > 0)))
        {
            double[] top = [.. below.Select((v, i) => v + (counts.ElementAtOrDefault(i) / series.StepSeconds))];
            areas.Add(Area(below, top, Colour(name)));
            below = top;
        }

        return string.Concat(areas);
    }

    /// <summary>What was asked for behind, what was answered well before it.</summary>
    public string Goodput(ChainReport chain)
    {
        var (asked, good) = Rates(chain, width / 6);
        var none = new double[asked.Length];
        return Area(none, asked, "var(--bad)", 0.3) + Area(none, good, "var(--good)", 0.9) + $"<polyline fill=\"none\" stroke=\"var(--ink)\" stroke-width=\"0.8\" points=\"{string.Join(' ', Steps(asked))}\"/>";
    }

    /// <summary>A second's, in as many steps as can be told apart, and not finer than half a second.</summary>
    public static (double[] Asked, double[] Good) Rates(ChainReport chain, int steps)
    {
        var each = Math.Max((int)Math.Round(0.5 / chain.StepSeconds), (int)Math.Ceiling((double)chain.Asked.Count / Math.Max(1, steps)));
        each = Math.Max(1, each);
        double[] Of(IReadOnlyList<long> counts) => [.. counts.Chunk(each).Select(c => c.Sum() / (c.Length * chain.StepSeconds))];
        return (Of(chain.Asked), Of(chain.Good));
    }

    /// <summary>The colour of an outcome.</summary>
    public static string Colour(string outcome) => outcome switch
    {
        "200" => "var(--good)",
        "stale" => "var(--stale)",
        "429" => "var(--many)",
        "503" => "var(--b)",
        "other" => "var(--c)",
        "error" => "var(--bad)",
        _ => "var(--dim)",
    };

    /// <summary>The whole picture.</summary>
    /// <param name="inside">What the other methods drew.</param>
    /// <param name="label">For those who cannot see it.</param>
    /// <param name="marks">Moments to be seen; each with its words above, where they have room.</param>
    /// <param name="words">Whether marks have their words.</param>
    public string Svg(string inside, string label, IReadOnlyList<MarkReport>? marks = null, bool words = true)
    {
        var lanes = marks is null || !words ? [] : Lanes(marks);
        var top = (lanes.Count == 0 ? 0 : (lanes.Max() + 1) * Lane) + 10;
        var lines = Math.Max(2, height / 48);
        var columns = Math.Max(2, width / 250);
        var grid = string.Concat(Enumerable.Range(0, lines + 1).Select(i =>
            $"<line x1=\"{Left}\" x2=\"{width - Right}\" y1=\"{F(Y(_most * i / lines))}\" y2=\"{F(Y(_most * i / lines))}\" stroke=\"var(--line)\"/><text x=\"{Left - 6}\" y=\"{F(Y(_most * i / lines) + 4)}\" text-anchor=\"end\">{TextReports.Number(_most * i / lines)}{(i == lines ? " " + unit : string.Empty)}</text>"))
            + string.Concat(Enumerable.Range(0, columns + 1).Select(i => $"<text x=\"{F(X(_seconds * i / columns))}\" y=\"{height + 15}\" text-anchor=\"middle\">{TextReports.Number(_seconds * i / columns)} s</text>"));
        var drawn = string.Concat((marks ?? []).Select((m, i) => Mark(m, lanes.Count == 0 ? -1 : lanes[i])));
        return $"<svg viewBox=\"0 {-top} {width} {height + top + 20}\" role=\"img\" aria-label=\"{Text(label)}\">{grid}{inside}{drawn}</svg>";
    }

    private string Mark(MarkReport mark, int lane)
    {
        var x = X(Math.Clamp(mark.At, 0, _seconds));
        var y = lane < 0 ? 0 : -(lane * Lane) - 4;
        var right = x + Wide(mark.Short) > width;
        var word = lane < 0 ? string.Empty : $"<text class=\"mark\" x=\"{F(right ? x - 4 : x + 4)}\" y=\"{y}\"{(right ? " text-anchor=\"end\"" : string.Empty)}>{Text(mark.Short)}</text>";
        return $"<g><title>{Text(mark.Text)}</title><line x1=\"{F(x)}\" x2=\"{F(x)}\" y1=\"{(lane < 0 ? 0 : y - 9)}\" y2=\"{height}\" stroke=\"var(--a)\" stroke-dasharray=\"4 3\"/>{word}</g>";
    }

    // Each mark's words go into the first lane in which they touch no others.
    private List<int> Lanes(IReadOnlyList<MarkReport> marks)
    {
        List<List<(double From, double To)>> taken = [];
        List<int> lanes = [];
        foreach (var mark in marks)
        {
            var x = X(Math.Clamp(mark.At, 0, _seconds));
            var span = x + Wide(mark.Short) > width ? (From: x - Wide(mark.Short), To: x) : (From: x, To: x + Wide(mark.Short));
            var lane = taken.FindIndex(l => l.TrueForAll(t => span.To < t.From || span.From > t.To));
            if (lane < 0)
            {
                lane = taken.Count;
                taken.Add([]);
            }

            taken[lane].Add(span);
            lanes.Add(lane);
        }

        return lanes;
    }

    private static double Wide(string words) => (words.Length * 6.2) + 10;

    private IEnumerable<string> Steps(IReadOnlyList<double> values) =>
        values.SelectMany((v, i) => new[] { $"{F(X((double)i / values.Count * _seconds))},{F(Y(v))}", $"{F(X((i + 1.0) / values.Count * _seconds))},{F(Y(v))}" });

    private double X(double at) => Left + ((width - Left - Right) * at / _seconds);

    private double Y(double value) => height - (height * value / _most);

    private static string F(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
