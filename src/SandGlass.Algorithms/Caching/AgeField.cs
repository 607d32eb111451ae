using System.Globalization;

namespace SandGlass.Algorithms.Caching;

/// <summary>
/// Reads <c>Age</c> (RFC 9111 §5.1): seconds, the first where there are several; what is no number counts as if the field were not there. Parameters are
/// passed over, as of any structured item: who writes <c>7200;source=x</c> says two hours.
/// </summary>
public static class AgeField
{
    /// <summary>Seconds; 0 where it says nothing.</summary>
    /// <param name="line">Its first line.</param>
    public static long Read(ReadOnlySpan<char> line)
    {
        var end = line.IndexOfAny(',', ';');
        var digits = (end < 0 ? line : line[..end]).Trim(" \t");
        if (digits.IsEmpty || digits.ContainsAnyExceptInRange('0', '9'))
        {
            return 0;
        }

        digits = digits.TrimStart('0');
        // §1.2.2: what is too large to count is as large as can be.
        return digits.Length > 10 ? CacheControl.Most : digits.IsEmpty ? 0 : Math.Min(CacheControl.Most, long.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture));
    }
}
