using System.Globalization;

namespace SandGlass.Algorithms.Caching;

/// <summary>
/// Reads <c>Surrogate-Control</c> (W3C Note "Edge Architecture Specification", 2001), which shops still send to their CDNs:
/// <c>max-age=600+60, no-store</c>. What is meant for another device (<c>;name</c>) is passed over, and a field that asks for processing
/// (<c>content="ESI/1.0"</c>), which nobody does here, counts as absent.
/// </summary>
public static class SurrogateControl
{
    /// <summary>Reads a field, its lines joined by commas. False: as if it were not there.</summary>
    public static bool TryRead(ReadOnlySpan<char> field, out CacheControl control)
    {
        control = default;
        foreach (var range in field.Split(','))
        {
            var directive = field[range].Trim(" \t");
            if (directive.StartsWith("content=", StringComparison.OrdinalIgnoreCase))
            {
                control = default;
                return false;
            }

            if (directive.Contains(';'))
            {
                continue;
            }

            if (directive.Equals("no-store", StringComparison.OrdinalIgnoreCase))
            {
                control.TakeFlag("no-store");
            }
            else if (directive.StartsWith("max-age=", StringComparison.OrdinalIgnoreCase))
            {
                TakeAge(ref control, directive["max-age=".Length..]);
            }
        }

        return control.Any;
    }

    // The number after the plus says for how long it may be given stale.
    private static void TakeAge(ref CacheControl control, ReadOnlySpan<char> value)
    {
        var plus = value.IndexOf('+');
        if (TryNumber(plus < 0 ? value : value[..plus], out var seconds))
        {
            control.TakeNumber("max-age", seconds);
            if (plus >= 0 && TryNumber(value[(plus + 1)..], out var stale))
            {
                control.TakeNumber("stale-while-revalidate", stale);
                control.TakeNumber("stale-if-error", stale);
            }
        }
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out long seconds)
    {
        seconds = CacheControl.Most;
        return !text.IsEmpty && !text.ContainsAnyExceptInRange('0', '9')
            && (text.Length > 18 || long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out seconds));
    }
}
