using System.Numerics;

namespace SandGlass.Algorithms.HotKeys;

/// <summary>
/// The cells of HeavyKeeper (Gong et al., "HeavyKeeper: An Accurate Algorithm for Finding Top-k Elephant Flows", USENIX ATC 2018): each has
/// a fingerprint and a count. Its own key adds to it; any other takes one away with a chance of b^−count, and takes the cell over when nothing
/// is left. So what is seldom wears off, and what is frequent is hardly touched. Two rows; a key's count is the larger of its two.
/// 16 bytes a column.
/// </summary>
internal sealed class Cells(int width)
{
    // b = 1.08: a count of 100 loses one to a stranger in 2,200.
    private const double Base = 1.08;
    private static readonly double[] _decay = [.. Enumerable.Range(0, 512).Select(static count => Math.Pow(Base, -count))];

    private readonly uint[] _owners = new uint[2 * width];
    private readonly int[] _counts = new int[2 * width];

    /// <summary>Bytes.</summary>
    public long Bytes => 8L * _owners.Length;

    /// <summary>Counts one, and returns how many there were of that key, this one among them; 0 where others have both of its cells.</summary>
    public int Add(ulong key, double roll)
    {
        uint owner = (uint)key | 1;
        int first = Touch((int)((key >> 32) % (uint)width), owner, roll);
        // The digits behind those that the first row has looked at.
        double second = roll * 65_536;
        return Math.Max(first, Touch(width + (int)((key * 0x9E3779B97F4A7C15 >> 32) % (uint)width), owner, second - Math.Floor(second)));
    }

    /// <summary>Halves all counts so many times.</summary>
    public void Halve(int times)
    {
        int at = 0;
        times = Math.Min(times, 31);
        for (; at <= _counts.Length - Vector<int>.Count; at += Vector<int>.Count)
        {
            (new Vector<int>(_counts, at) >> times).CopyTo(_counts, at);
        }

        for (; at < _counts.Length; at++)
        {
            _counts[at] >>= times;
        }
    }

    private int Touch(int at, uint owner, double roll)
    {
        ref int count = ref _counts[at];
        if (count == 0)
        {
            _owners[at] = owner;
            return count = 1;
        }

        if (_owners[at] == owner)
        {
            return ++count;
        }

        if (count < _decay.Length && roll < _decay[count] && --count == 0)
        {
            _owners[at] = owner;
            return count = 1;
        }

        return 0;
    }
}
