using System.Runtime.CompilerServices;

namespace SandGlass.Request;

/// <summary>Where up to eight route parameters lie in the path: offsets and lengths, so that no string is made until one is wanted.</summary>
public struct RouteValues
{
    /// <summary>How many parameters a route may have.</summary>
    public const int Most = 8;

    private Ranges _ranges;

    /// <summary>Offset and length of parameter <paramref name="index"/>.</summary>
    public (int Start, int Length) this[int index]
    {
        readonly get => ((int)(_ranges[index] >> 32), (int)_ranges[index]);
        set => _ranges[index] = ((long)value.Start << 32) | (uint)value.Length;
    }

    [InlineArray(Most)]
    private struct Ranges
    {
        private long _first;
    }
}
