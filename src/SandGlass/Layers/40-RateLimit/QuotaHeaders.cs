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
    private readonly StringValues _policy;
    private readonly int _size;
    private readonly int _perSecond;
    private readonly Func<double, (int Burst, int WindowSeconds)> _scaled;

    // Of the scale at which it was last asked: switches change it, and seldom two at once.
    private volatile Scaled? _last;

    // Made when first asked: of a thousand limits few are under way, and a reload makes all of them anew.
    private string?[]? _kept;

    /// <summary>The texts of one limit.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="burst">The <c>q</c>.</param>
    /// <param name="windowSeconds">The <c>w</c>.</param>
    /// <param name="scaled">Both while switches scale the rate.</param>
    public QuotaHeaders(string name, int burst, int windowSeconds, Func<double, (int Burst, int WindowSeconds)> scaled)
    {
        _scaled = scaled;
        _name = name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        _policy = Make(burst, windowSeconds, "q", "w");
        _perSecond = burst + 1;
        _size = (int)Math.Min(MostKept, (long)_perSecond * (windowSeconds + 2L));
    }

    /// <summary><c>RateLimit-Policy</c>: <c>"per-client";q=100;w=2</c>, the quota in force.</summary>
    /// <param name="scale">What switches make of the rate; 1: nothing.</param>
    public StringValues Policy(double scale)
    {
        if (scale == 1)
        {
            return _policy;
        }

        if (_last is not { } last || last.Scale != scale)
        {
            var (burst, window) = _scaled(scale);
            _last = last = new(scale, Make(burst, window, "q", "w"));
        }

        return last.Policy;
    }

    /// <summary><c>RateLimit</c>: <c>"per-client";r=57;t=1</c>.</summary>
    public string Now(long remaining, long seconds)
    {
        var at = (seconds * _perSecond) + remaining;
        if (at < 0 || at >= _size || remaining >= _perSecond)
        {
            return Make(remaining, seconds, "r", "t");
        }

        // Of two that make it at once, one loses what it has kept, once.
        var kept = _kept ??= new string?[_size];
        return kept[at] ??= Make(remaining, seconds, "r", "t");
    }

    /// <summary><c>RateLimit</c> without a <c>t</c>.</summary>
    public string Now(long remaining) => string.Create(CultureInfo.InvariantCulture, $"\"{_name}\";r={remaining}");

    private string Make(long many, long seconds, string first, string second) =>
        string.Create(CultureInfo.InvariantCulture, $"\"{_name}\";{first}={many};{second}={seconds}");

    private sealed record Scaled(double Scale, StringValues Policy);
}
