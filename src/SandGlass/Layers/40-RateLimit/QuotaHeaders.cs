using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace SandGlass.Layers.RateLimit;

/// <summary>
/// The texts of <c>RateLimit-Policy</c> and <c>RateLimit</c> (IETF httpapi ratelimit-headers, structured fields). There are few different
/// ones (what is left × seconds to go), so they are made once and kept, as far as <see cref="MostKept"/> go.
/// </summary>
public sealed class QuotaHeaders
{
    /// <summary>How many texts one limit keeps; past that they are made anew.</summary>
    public const int MostKept = 4096;

    private readonly string _name;
    private readonly int _size;
    private readonly int _perSecond;

    // Made when first asked: of a thousand limits few are under way, and a reload makes all of them anew.
    private string?[]? _kept;

    /// <summary>The texts of one limit.</summary>
    public QuotaHeaders(string name, int burst, int windowSeconds)
    {
        _name = name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        Policy = string.Create(CultureInfo.InvariantCulture, $"\"{_name}\";q={burst};w={windowSeconds}");
        _perSecond = burst + 1;
        _size = (int)Math.Min(MostKept, (long)_perSecond * (windowSeconds + 2L));
    }

    /// <summary><c>RateLimit-Policy</c>: <c>"per-client";q=100;w=2</c>.</summary>
    public StringValues Policy { get; }

    /// <summary><c>RateLimit</c>: <c>"per-client";r=57;t=1</c>.</summary>
    public string Now(long remaining, long seconds)
    {
        var at = (seconds * _perSecond) + remaining;
        if (at < 0 || at >= _size || remaining >= _perSecond)
        {
            return Make(remaining, seconds);
        }

        // Of two that make it at once, one loses what it has kept, once.
        var kept = _kept ??= new string?[_size];
        return kept[at] ??= Make(remaining, seconds);
    }

    private string Make(long remaining, long seconds) =>
        string.Create(CultureInfo.InvariantCulture, $"\"{_name}\";r={remaining};t={seconds}");
}
