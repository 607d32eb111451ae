using System.Globalization;

namespace SandGlass.Algorithms.Caching;

/// <summary>Dates of HTTP (RFC 9110 §5.6.7), in the form of today and the two old ones that are still to be understood.</summary>
public static class HttpDate
{
    private static readonly string[] Forms =
        ["ddd, dd MMM yyyy HH':'mm':'ss 'GMT'", "dddd, dd-MMM-yy HH':'mm':'ss 'GMT'", "ddd MMM d HH':'mm':'ss yyyy", "ddd MMM  d HH':'mm':'ss yyyy"];

    /// <summary>Reads one; false for what is none, "0" above all.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out DateTimeOffset date) => DateTimeOffset.TryParseExact(
        text.Trim(" \t"), Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out date);
}
