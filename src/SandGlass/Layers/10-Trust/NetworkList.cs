using System.Globalization;
using System.Net;

namespace SandGlass.Layers.Trust;

/// <summary>What an entry of `edge.trustedProxies` holds.</summary>
/// <param name="Networks">What could be read.</param>
/// <param name="Problems">What could not.</param>
/// <param name="Updated">Of a file: the day that it says it was brought up to date, or else the day it was written. Null for a range.</param>
/// <param name="SaysSo">Whether the file itself says that day.</param>
internal sealed record NetworkList(IReadOnlyList<IPNetwork> Networks, IReadOnlyList<string> Problems, DateOnly? Updated, bool SaysSo)
{
    private static readonly string[] _words = ["updated", "date"];

    /// <summary>
    /// The day of a comment line "# updated: 2026-11-20": a line of its own that begins with '#', the word "updated" or "date" in any case,
    /// with a colon or without, and the day as YYYY-MM-DD; what follows it is of no meaning. Null for any other line.
    /// </summary>
    public static DateOnly? DayOf(string line)
    {
        string[] words = line.TrimStart().TrimStart('#').Split((char[])[' ', '\t', ':'], 3, StringSplitOptions.RemoveEmptyEntries);
        return line.TrimStart().StartsWith('#')
            && words.Length >= 2
            && _words.Contains(words[0], StringComparer.OrdinalIgnoreCase)
            && DateOnly.TryParseExact(words[1].TrimEnd('.', ',', ';'), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
                ? day : null;
    }
}
