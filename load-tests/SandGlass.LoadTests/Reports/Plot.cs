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

    private static readonly double[] Spans = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400];

    private readonly double _seconds = Math.Max(seconds, 1e-9);
    private readonly double _tick = Tick(most, height);
    private readonly double _most = Math.Ceiling((Math.Max(most, 1e-9) / Tick(most, height)) - 1e-9) * Tick(most, height);

    /// <summary>Escaped for HTML and SVG.</summary>
    public static string Text(string text) => WebUtility.HtmlEncode(text);

    /// <summary>The keys of what is drawn.</summary>
    public static string Legend(params (string Name, string Colour)[] keys) =>
        $"<p class=\"legend\">{string.Join(' ', keys.Select(static k => $"<span class=\"named\"><span class=\"key\" style=\"background:{k.Colour}\"></span>{Text(k.Name)}</span>"))}</p>";

    /// <summary>Values at the middles of even steps; where one is 0 there was none, and the line has a gap.</summary>
    public string Line(IReadOnlyList<double> values, double step, string colour, double stroke = 1.6)
    {
        List<List<string>> runs = [[]];
        foreach (var (i, value) in values.Index())
        {
            if (value > 0)
            {
                runs[^1].Add($"{F(X((i + 0.5) * step))},{F(Y(value))}");
            }
            else if (runs[^1].Count > 0)
            {
                runs.Add([]);
            }
        }

        // One alone is a line of no length, which round ends make a dot.
        return string.Concat(runs.Where(static r => r.Count > 0).Select(r =>
            $"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"{F(stroke)}\" stroke-linejoin=\"round\" stroke-linecap=\"round\" points=\"{string.Join(' ', r.Count > 1 ? r : [.. r, .. r])}\"/>"));
    }

    /// <summary>Between two lists of values, each of which belongs to the whole of its step.</summary>
    public string Area(IReadOnlyList<double> bottom, IReadOnlyList<double> top, double step, string colour, double opacity = 1) =>
        $"<polygon fill=\"{colour}\"{(opacity < 1 ? $" fill-opacity=\"{F(opacity)}\"" : string.Empty)} points=\"{string.Join(' ', Steps(top, step).Concat(Steps(bottom, step).Reverse()))}\"/>";

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
            areas.Add(Area(below, top, series.StepSeconds, Colour(name)));
            below = top;
        }

        return string.Concat(areas);
    }

    /// <summary>What was asked for behind, what was answered well before it.</summary>
    public string Goodput(ChainReport chain)
    {
        var (asked, good, step) = Rates(chain, width / 6);
        var none = new double[asked.Length];
        return Area(none, asked, step, "var(--bad)", 0.3) + Area(none, good, step, "var(--good)", 0.9) + $"<polyline fill=\"none\" stroke=\"var(--ink)\" stroke-width=\"0.8\" points=\"{string.Join(' ', Steps(asked, step))}\"/>";
    }

    /// <summary>A second's, in as many steps as can be told apart, and not finer than half a second.</summary>
    public static (double[] Asked, double[] Good, double Step) Rates(ChainReport chain, int steps)
    {
        var each = Math.Max((int)Math.Round(0.5 / chain.StepSeconds), (int)Math.Ceiling((double)chain.Asked.Count / Math.Max(1, steps)));
        each = Math.Max(1, each);
        // The last may be a part: as little as it had time for.
        double[] Of(IReadOnlyList<long> counts) => [.. counts.Chunk(each).Select(c => c.Sum() / (each * chain.StepSeconds))];
        return (Of(chain.Asked), Of(chain.Good), each * chain.StepSeconds);
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
        var rows = (int)Math.Round(_most / _tick);
        var grid = string.Concat(Enumerable.Range(0, rows + 1).Select(i =>
            $"<line x1=\"{Left}\" x2=\"{width - Right}\" y1=\"{F(Y(_tick * i))}\" y2=\"{F(Y(_tick * i))}\" stroke=\"var(--line)\"/><text x=\"{Left - 6}\" y=\"{F(Y(_tick * i) + 4)}\" text-anchor=\"end\">{Number(_tick * i)}{(i == rows ? " " + unit : string.Empty)}</text>"))
            + string.Concat(Moments().Select(at => $"<text x=\"{F(X(at))}\" y=\"{height + 15}\" text-anchor=\"middle\">{Moment(at)}</text>"));
        var drawn = string.Concat((marks ?? []).Select((m, i) => Mark(m, lanes.Count == 0 ? -1 : lanes[i])));
        // On a narrow screen it is moved from side to side and not made too small to be read.
        return $"<div class=\"plot\"><svg viewBox=\"0 {-top} {width} {height + top + 20}\" style=\"min-width:{F(width * 0.75)}px\" role=\"img\" aria-label=\"{Text(label)}\">{grid}{inside}{drawn}</svg></div>";
    }

    private static double Tick(double most, int height) => Round(Math.Max(most, 1e-9) / Math.Max(2, height / 48));

    /// <summary>1, 2 or 5 of a power of ten, and not below.</summary>
    private static double Round(double value)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(value)));
        return new[] { 1.0, 2, 5, 10 }.First(f => f * power >= value * (1 - 1e-9)) * power;
    }

    // Round moments, as many as have room for their words.
    private IEnumerable<double> Moments()
    {
        var least = _seconds / Math.Max(2, width / 110);
        var span = least < Spans[0] ? Round(least) : Spans.FirstOrDefault(s => s >= least, Math.Ceiling(least / Spans[^1]) * Spans[^1]);
        for (var i = 0; i * span <= _seconds * (1 + 1e-9); i++)
        {
            yield return i * span;
        }
    }

    private string Moment(double at) => _seconds switch
    {
        < 180 => Number(at) + " s",
        < 3 * 3600 => Number(at / 60) + " min",
        _ => Number(at / 3600) + " h",
    };

    private static string Number(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);

    private string Mark(MarkReport mark, int lane)
    {
        var x = X(Math.Clamp(mark.At, 0, _seconds));
        var y = lane < 0 ? 0 : -(lane * Lane) - 4;
        var right = x + Wide(mark.Short) > width;
        var word = lane < 0 ? string.Empty : $"<text class=\"mark\" x=\"{F(right ? x - 4 : x + 4)}\" y=\"{y}\"{(right ? " text-anchor=\"end\"" : string.Empty)}>{Text(mark.Short)}</text>";
        return $"<g><title>{Text(mark.Text)}</title><line x1=\"{F(x)}\" x2=\"{F(x)}\" y1=\"{(lane < 0 ? 0 : y - 9)}\" y2=\"{height}\" stroke=\"var(--ink)\" stroke-dasharray=\"4 3\"/>{word}</g>";
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

    private IEnumerable<string> Steps(IReadOnlyList<double> values, double step) =>
        values.SelectMany((v, i) => new[] { $"{F(X(i * step))},{F(Y(v))}", $"{F(X((i + 1) * step))},{F(Y(v))}" });

    private double X(double at) => Left + ((width - Left - Right) * Math.Min(at, _seconds) / _seconds);

    private double Y(double value) => height - (height * value / _most);

    private static string F(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
