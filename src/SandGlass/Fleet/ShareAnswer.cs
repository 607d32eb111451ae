using System.Globalization;

namespace SandGlass.Fleet;

/// <summary>What <see cref="ShareScript"/> answered.</summary>
/// <param name="Now">Redis' clock, microseconds.</param>
/// <param name="Revision">Of all there is now.</param>
/// <param name="Things">What there was, before what was told went in.</param>
/// <param name="Gateways">Who there is, this gateway included.</param>
internal sealed record ShareAnswer(
    long Now, long Revision, IReadOnlyList<(string Field, long Revision, SharedEntry Entry)> Things, IReadOnlyList<(string Id, bool IsAlive, string Text)> Gateways)
{
    private const int Head = 3;
    private const int AThing = 5;
    private const int AGateway = 3;

    /// <summary>Reads it; null where it makes no sense, or where Redis ran the script too late.</summary>
    public static ShareAnswer? Of(string?[] words)
    {
        if (words.Length < Head || Number(words[0]) is not { } now || Number(words[1]) is not { } revision || Number(words[2]) is not { } count
            || count < 0 || Head + (count * AThing) > words.Length || (words.Length - Head - (count * AThing)) % AGateway != 0)
        {
            return null;
        }

        var things = new List<(string, long, SharedEntry)>();
        var i = Head;
        for (; i < Head + (count * AThing); i += AThing)
        {
            // One that was torn or put there by hand is nobody's.
            if (words[i] is { } field && words[i + 1] is { } order && Number(words[i + 2]) is { } at && words[i + 4] is { } text && field.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon)
            {
                things.Add((field, at, new(field[(colon + 1)..], order, Number(words[i + 3]) is { } moment ? TimeSpan.FromMicroseconds(moment) : null, () => text)));
            }
        }

        var gateways = new List<(string, bool, string)>();
        for (; i < words.Length; i += AGateway)
        {
            gateways.Add((words[i] ?? string.Empty, words[i + 1] == "1", words[i + 2] ?? string.Empty));
        }

        return new(now, revision, things, gateways);
    }

    private static long? Number(string? word) => long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
}
