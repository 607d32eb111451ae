using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace SandGlass.Commands;

/// <summary>
/// The glass as lines of Spectre's markup, each at most so wide: what is wrong first, then the layers as a funnel, chains, backends. Where there
/// is little room, the backends go first, then the chains' routes; what is wrong stays.
/// </summary>
internal static class TopView
{
    private const int BarWidth = 30;

    // The glass has eight layers and a line above; chains have a line above each; between parts there is a free line.
    private const int MostWrong = 6;

    /// <summary>The picture.</summary>
    /// <param name="status">What <c>GET /api/status</c> says.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Lines, at most.</param>
    public static IReadOnlyList<string> Lines(JsonElement status, int width, int height)
    {
        var lines = new List<string>();
        lines.AddRange(Head(status, width));
        var wrong = Unusual.Of(status).ToArray();
        var shown = height == int.MaxValue ? wrong.Length : Math.Min(wrong.Length, MostWrong);
        foreach (var (kind, text) in wrong.Take(shown))
        {
            lines.Add(Colour(kind == "switch" ? "yellow" : kind == "plan" ? "aqua" : "bold red", Cut($"{kind,-7} {Policy.Words.Visible(text)}", width)));
        }

        if (wrong.Length > shown)
        {
            lines.Add(Colour("bold red", $"        and {wrong.Length - shown} more: sandglass status"));
        }

        var parts = new[] { Glass(status, width), Chains(status, width), Backends(status, width) };
        foreach (var part in parts)
        {
            if (lines.Count + part.Count + 1 <= height)
            {
                lines.Add(string.Empty);
                lines.AddRange(part);
            }
            else if (lines.Count + part.Count <= height)
            {
                lines.AddRange(part);
            }
            else
            {
                lines.AddRange(part.Take(Math.Max(0, height - lines.Count)));
                break;
            }
        }

        return [.. lines.Take(height)];
    }

    /// <summary>As much of a text as fits.</summary>
    public static string Cut(string text, int width) => text.Length <= width ? text : width <= 1 ? string.Empty : string.Concat(text.AsSpan(0, width - 1), "…");

    private static IEnumerable<string> Head(JsonElement status, int width)
    {
        var requests = status.GetProperty("requests");
        var machine = status.GetProperty("machine");
        var state = Unusual.Text(status, "state");
        var first = $"{Policy.Words.Visible(Unusual.Text(status, "name"))}  {state}  {requests.GetProperty("perSecond").GetDouble():N0} requests/s, {requests.GetProperty("underWay").GetInt64():N0} under way";
        yield return Colour(state == "ready" ? "bold green" : "bold yellow", Cut(Invariant($"{first}"), width));
        yield return Colour("dim", Cut(Invariant(
            $"cpu {machine.GetProperty("cpu").GetDouble() * 100:0} %  memory {machine.GetProperty("memoryMb").GetDouble():0} MB  up {TimeSpan.FromSeconds(status.GetProperty("uptimeSeconds").GetDouble()):d\\.hh\\:mm\\:ss}  policy {Unusual.Text(status, "revision")}"), width));
        if (Countdown.Of(status) is { } countdown)
        {
            yield return Colour("aqua", Cut(Policy.Words.Visible(countdown), width));
        }
    }

    // The share of all requests that reaches a layer is the width of the sand there.
    private static List<string> Glass(JsonElement status, int width)
    {
        var bar = Math.Clamp(width - 50, Math.Clamp(width - 15, 1, 10), BarWidth);
        var lines = new List<string> { Colour("dim", Cut($"{"LAYER",-13} {"".PadRight(bar)} {"REACHED",8} {"ANSWERED",8} {"FALLBACK",8} {"REFUSED",8}", width)) };
        var all = 0.0;
        foreach (var layer in status.GetProperty("layers").EnumerateArray())
        {
            var reached = Rate(layer, "reached");
            all = all == 0 ? reached : all;
            var filled = all <= 0 ? 0 : (int)Math.Round(Math.Clamp(reached / all, 0, 1) * bar);
            filled = reached > 0 ? Math.Max(1, filled) : 0;
            var sand = new string(' ', (bar - filled) / 2) + new string('█', filled);
            var (fallback, refused) = (Rate(layer, "fallback"), Rate(layer, "refused"));
            var numbers = $"{Short(reached),8} {Short(Rate(layer, "answered")),8} {Short(fallback),8} {Short(refused),8}";
            lines.Add($"{Markup.Escape(Cut(Unusual.Text(layer, "name"), 13).PadRight(Math.Min(13, width - 2)))} {Colour("yellow", sand.PadRight(bar))} {Colour(refused > 0 ? "red" : fallback > 0 ? "yellow" : "default", Cut(numbers, width - bar - 15))}");
        }

        return lines;
    }

    private static List<string> Chains(JsonElement status, int width)
    {
        var lines = new List<string> { Colour("dim", Cut($"{"CHAIN",-13} {"IN/s",8} {"SERVED",8} {"CACHED",8} {"FALLBACK",8} {"REFUSED",8} {"FAILED",7} {"P99 ms",7}", width)) };
        foreach (var chain in status.GetProperty("chains").EnumerateArray())
        {
            var failed = Outcome(chain, "failed");
            lines.Add(Colour(
                failed > 0 ? "red" : "default",
                Cut($"{Cut(Unusual.Text(chain, "name"), 13),-13} {Short(chain.GetProperty("perSecond").GetDouble()),8} {Short(Outcome(chain, "served")),8} {Short(Outcome(chain, "hit", "stale", "collapsed")),8} {Short(Outcome(chain, "fallback")),8} {Short(Outcome(chain, "refused")),8} {Short(failed),7} {Short(chain.GetProperty("p99Ms").GetDouble()),7}", width)));
        }

        return lines;
    }

    private static List<string> Backends(JsonElement status, int width)
    {
        var lines = new List<string> { Colour("dim", Cut($"{"BACKEND",-16} {"IN FLIGHT",9} {"LIMIT",7} {"QUEUED",7}  DESTINATIONS", width)) };
        foreach (var backend in status.GetProperty("backends").EnumerateArray())
        {
            var destinations = backend.GetProperty("destinations").EnumerateArray().Select(static d => (Name: Unusual.Text(d, "name"), Health: Unusual.Text(d, "health"))).ToArray();
            var isWell = destinations.All(static d => d.Health == "healthy");
            lines.Add(Colour(
                isWell ? "default" : "red",
                Cut($"{Cut(Unusual.Text(backend, "name"), 16),-16} {backend.GetProperty("inFlight").GetInt32(),9} {backend.GetProperty("limit").GetInt32(),7} {backend.GetProperty("queued").GetInt32(),7}  {string.Join(", ", destinations.Select(static d => d.Health == "healthy" ? d.Name : $"{d.Name} {d.Health}"))}", width)));
        }

        return lines;
    }

    private static double Rate(JsonElement layer, string flow) => layer.GetProperty(flow).GetProperty("perSecond").GetDouble();

    private static double Outcome(JsonElement chain, params string[] outcomes) => chain.GetProperty("outcomes").EnumerateArray()
        .Where(o => outcomes.Contains(Unusual.Text(o, "outcome"))).Sum(static o => o.GetProperty("perSecond").GetDouble());

    // Seven characters at most, whatever the number.
    private static string Short(double number) => number switch
    {
        0 => "–",
        < 10 => number.ToString("0.#", CultureInfo.InvariantCulture),
        < 100_000 => number.ToString("#,0", CultureInfo.InvariantCulture),
        < 10_000_000 => Invariant($"{number / 1000:#,0}k"),
        _ => Invariant($"{number / 1_000_000:#,0}M"),
    };

    private static string Colour(string style, string text) => text.Length == 0 ? text : $"[{style}]{Markup.Escape(text)}[/]";

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
