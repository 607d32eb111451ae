namespace SandGlass.Algorithms.HotKeys;

/// <summary>
/// Which keys others have found to be hot. Heard once a second, bounded by what one hearing brings, and forgotten when nothing is heard any more:
/// a hint, never a reason to wait.
/// </summary>
public sealed class HotElsewhere
{
    /// <summary>Hashes are told without their last bits, so that scripts which count in doubles carry them.</summary>
    public const int Shift = 12;

    private volatile Heard? _heard;

    /// <summary>What was said last.</summary>
    /// <param name="keys">Hashes as they are told (<see cref="Told"/>).</param>
    /// <param name="until">When it is forgotten, monotonic ticks.</param>
    public void Hear(IEnumerable<ulong> keys, long until)
    {
        ulong[] sorted = [.. keys.Distinct().Order()];
        _heard = sorted.Length == 0 ? null : new(sorted, until);
    }

    /// <summary>Whether others have found it to be hot; one volatile read while they say nothing.</summary>
    public bool IsHot(ulong key, long now) => _heard is { } heard && now < heard.Until && Array.BinarySearch(heard.Keys, Told(key)) >= 0;

    /// <summary>A hash as it is told.</summary>
    public static ulong Told(ulong key) => key >> Shift;

    private sealed record Heard(ulong[] Keys, long Until);
}
