using System.Globalization;
using System.Net.Http.Headers;

namespace SandGlass.Yarp;

/// <summary>
/// How long a request waited in the backend, as its answer says: a header of milliseconds ("12.5"), or <c>Server-Timing</c> (W3C) with a metric
/// <c>queue</c> and its <c>dur</c>. What is no such number is no word. Nothing is allocated.
/// </summary>
internal static class QueueReport
{
    private const double MostMs = 3_600_000;

    /// <summary>Ticks; -1 where the answer does not say.</summary>
    public static long Read(HttpHeaders headers, string name, long ticksPerSecond)
    {
        if (!headers.NonValidated.TryGetValues(name, out HeaderStringValues lines))
        {
            return -1;
        }

        foreach (string line in lines)
        {
            double ms = Milliseconds(line);
            if (ms >= 0)
            {
                return (long)(ms / 1000 * ticksPerSecond);
            }
        }

        return -1;
    }

    private static double Milliseconds(ReadOnlySpan<char> line)
    {
        if (Number(line) is >= 0 and var plain)
        {
            return plain;
        }

        foreach (Range metric in line.Split(','))
        {
            ReadOnlySpan<char> parts = line[metric];
            bool isQueue = false;
            foreach (Range range in parts.Split(';'))
            {
                ReadOnlySpan<char> part = parts[range].Trim();
                if (range.Start.Value == 0)
                {
                    isQueue = part.Equals("queue", StringComparison.OrdinalIgnoreCase);
                }
                else if (isQueue && part.StartsWith("dur", StringComparison.OrdinalIgnoreCase) && part[3..].TrimStart() is ['=', .. var value])
                {
                    return Number(value.Trim().Trim('"'));
                }
            }
        }

        return -1;
    }

    private static double Number(ReadOnlySpan<char> text) =>
        double.TryParse(text.Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double ms) && ms <= MostMs ? ms : -1;
}
