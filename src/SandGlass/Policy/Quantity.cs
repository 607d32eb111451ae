using System.Globalization;

namespace SandGlass.Policy;

/// <summary>Splits "250ms" into 250 and "ms": the one grammar beneath durations, rates and sizes.</summary>
internal static class Quantity
{
    /// <summary>A plain decimal number (no exponent, no thousands, no sign but a leading minus) and what follows it.</summary>
    public static bool TrySplit(string text, out double number, out string unit)
    {
        int end = 0;
        if (end < text.Length && text[end] == '-')
        {
            end++;
        }

        while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] == '.'))
        {
            end++;
        }

        unit = text[end..];
        number = 0;
        return end is > 0 and <= 32
            && text[end - 1] is not ('.' or '-')
            && text[0] != '.'
            && double.TryParse(
                text.AsSpan(0, end),
                NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint,
                CultureInfo.InvariantCulture,
                out number)
            && double.IsFinite(number);
    }

    public static string Write(double number) => number.ToString("0.######", CultureInfo.InvariantCulture);
}
