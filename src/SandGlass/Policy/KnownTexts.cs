using System.Text;

namespace SandGlass.Policy;

/// <summary>
/// Texts that were read already: a large policy says the same keys and words ten thousand times. One place a hash and no chains, so it
/// costs the same whatever a file holds.
/// </summary>
internal sealed class KnownTexts
{
    private const int Places = 1024;
    private const int Longest = 32;

    private readonly string?[] _texts = new string?[Places];

    /// <summary>The text of valid UTF-8 without escapes.</summary>
    public string Of(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > Longest)
        {
            return Encoding.UTF8.GetString(utf8);
        }

        uint hash = 2166136261; // FNV-1a
        foreach (byte one in utf8)
        {
            hash = (hash ^ one) * 16777619;
        }

        ref string? text = ref _texts[(hash ^ (hash >> 16)) % Places];
        return text is not null && Ascii.Equals(utf8, text) ? text : text = Encoding.UTF8.GetString(utf8);
    }
}
