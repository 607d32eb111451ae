using System.Globalization;

namespace SandGlass.Algorithms.Sharing;

/// <summary>
/// Names one change of one thing that several nodes change, and stands in a total order with all others: the version first, so that who has seen
/// more wins whatever the clocks say; the time only between two that were made of the same version by nodes that did not hear each other; the
/// node last, so that no two are equal.
/// </summary>
/// <param name="Version">One more than that of the change before.</param>
/// <param name="At">Wall clock of the node that made it, milliseconds since 1970.</param>
/// <param name="Node">The node: drawn at random for each process, so that none makes the same stamp twice.</param>
public readonly record struct Stamp(long Version, long At, ulong Node) : IComparable<Stamp>
{
    /// <summary>No thing is changed so often. What claims to have been is no stamp, and can't end the room for those that follow.</summary>
    public const long MostVersion = 1_000_000_000_000;

    private const int VersionDigits = 15;
    private const int TimeDigits = 15;
    private const int NodeDigits = 16;

    /// <inheritdoc/>
    public int CompareTo(Stamp other)
    {
        var byVersion = Version.CompareTo(other.Version);
        var byTime = byVersion != 0 ? byVersion : At.CompareTo(other.At);
        return byTime != 0 ? byTime : Node.CompareTo(other.Node);
    }

    /// <summary>Whether it comes before.</summary>
    public static bool operator <(Stamp left, Stamp right) => left.CompareTo(right) < 0;

    /// <summary>Whether it comes after.</summary>
    public static bool operator >(Stamp left, Stamp right) => left.CompareTo(right) > 0;

    /// <summary>Whether it does not come after.</summary>
    public static bool operator <=(Stamp left, Stamp right) => left.CompareTo(right) <= 0;

    /// <summary>Whether it does not come before.</summary>
    public static bool operator >=(Stamp left, Stamp right) => left.CompareTo(right) >= 0;

    /// <summary>Of fixed width: in the order of its characters it stands as in its own, so that a store can compare it without knowing what it means.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Math.Max(0, Version):D15}.{Math.Max(0, At):D15}.{Node:x16}");

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Stamp stamp)
    {
        stamp = default;
        if (text.Length != VersionDigits + 1 + TimeDigits + 1 + NodeDigits || text[VersionDigits] != '.' || text[VersionDigits + 1 + TimeDigits] != '.'
            || !long.TryParse(text[..VersionDigits], NumberStyles.None, CultureInfo.InvariantCulture, out var version) || version >= MostVersion
            || !long.TryParse(text.Slice(VersionDigits + 1, TimeDigits), NumberStyles.None, CultureInfo.InvariantCulture, out var at)
            || !ulong.TryParse(text[^NodeDigits..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var node))
        {
            return false;
        }

        stamp = new(version, at, node);
        return true;
    }
}
