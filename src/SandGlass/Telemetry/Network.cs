using System.Globalization;
using SandGlass.Algorithms.Alarms;

namespace SandGlass.Telemetry;

/// <summary>
/// How full the network is and how well it carries: what Linux counts of interfaces (<c>/proc/net/dev</c>, their speed in
/// <c>/sys/class/net</c>) and of TCP (<c>/proc/net/snmp</c>), since the last reading. Virtual interfaces often tell no speed; then their use is
/// not known. Elsewhere nothing is known. Called by one thread; read by all.
/// </summary>
/// <param name="root">"/", or a folder of a test.</param>
internal sealed class Network(string root = "/")
{
    private const int WindowSeconds = 10;

    private readonly RatioWindow _sentAgain = new(WindowSeconds);
    private Dictionary<string, (long In, long Out)> _before = [];
    private (long Sent, long Again)? _segmentsBefore;
    private volatile NetworkReading _now = new(double.NaN, double.NaN, 0, 0);

    /// <summary>The last reading.</summary>
    public NetworkReading Now => _now;

    /// <summary>Reads it.</summary>
    /// <param name="seconds">Since the last reading.</param>
    public void Read(double seconds)
    {
        var interfaces = Interfaces(Text("proc/net/dev"));
        var use = double.NaN;
        foreach (var (name, now) in interfaces)
        {
            if (_before.TryGetValue(name, out var before) && Speed(name) is { } bytesPerSecond && seconds > 0)
            {
                // Full duplex: each direction has the speed to itself.
                var busier = Math.Max(now.In - before.In, now.Out - before.Out) / seconds / bytesPerSecond;
                use = double.IsNaN(use) ? busier : Math.Max(use, busier);
            }
        }

        var loss = double.NaN;
        if (Segments(Text("proc/net/snmp")) is { } segments)
        {
            var (sent, again) = _segmentsBefore is { } old ? (segments.Sent - old.Sent, segments.Again - old.Again) : default;
            loss = _sentAgain.Add(Math.Max(0, again), Math.Max(0, sent) + Math.Max(0, again));
            _segmentsBefore = segments;
        }

        _before = interfaces;
        _now = new(Round(use), Round(loss), interfaces.Values.Sum(static i => i.In), interfaces.Values.Sum(static i => i.Out));
    }

    // "  eth0: 1296 12 0 0 0 0 0 0 840 9 …": bytes in are the first number, bytes out the ninth. The loopback carries nobody's traffic but ours.
    private static Dictionary<string, (long In, long Out)> Interfaces(string text)
    {
        var all = new Dictionary<string, (long, long)>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n'))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            var numbers = colon < 0 ? [] : line[(colon + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (numbers.Length > 8 && line[..colon].Trim() is var name && name != "lo" && Number(numbers[0]) is { } bytesIn && Number(numbers[8]) is { } bytesOut)
            {
                all[name] = (bytesIn, bytesOut);
            }
        }

        return all;
    }

    // Two lines "Tcp:": the names, then their numbers.
    private static (long Sent, long Again)? Segments(string text)
    {
        var lines = text.Split('\n').Where(static l => l.StartsWith("Tcp:", StringComparison.Ordinal)).Select(static l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToArray();
        if (lines is not [var names, var numbers] || names.Length != numbers.Length)
        {
            return null;
        }

        var (sent, again) = (Array.IndexOf(names, "OutSegs"), Array.IndexOf(names, "RetransSegs"));
        return sent > 0 && again > 0 && Number(numbers[sent]) is { } all && Number(numbers[again]) is { } twice ? (all, twice) : null;
    }

    // In Mbit/s; -1 or unreadable where the interface tells none.
    private double? Speed(string name) => Number(Text($"sys/class/net/{name}/speed").Trim()) is > 0 and { } megabits ? megabits * 125_000.0 : null;

    private string Text(string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(root, file));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }

    private static long? Number(string text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static double Round(double share) => double.IsNaN(share) ? share : Math.Round(Math.Clamp(share, 0, 1), 4);
}

/// <summary>One reading.</summary>
/// <param name="Use">Of the speed of the interface that is busiest, in its busier direction, 0..1; NaN: not known.</param>
/// <param name="Loss">Of the TCP segments of the last ten seconds, how many were sent again, 0..1; NaN: not known.</param>
/// <param name="BytesIn">Received since the machine's start.</param>
/// <param name="BytesOut">Sent since the machine's start.</param>
public sealed record NetworkReading(double Use, double Loss, long BytesIn, long BytesOut);
