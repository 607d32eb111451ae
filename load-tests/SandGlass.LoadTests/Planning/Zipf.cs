namespace SandGlass.LoadTests.Planning;

/// <summary>
/// Popularity by Zipf's law: the item of rank k (0 is the most popular) is asked for with a weight of 1 ÷ (k + 1)^s. A table of the sums and
/// a binary search: one roll is one draw, and a million items cost 8 MB.
/// </summary>
internal sealed class Zipf
{
    private readonly double[] _sums;

    public Zipf(int count, double exponent)
    {
        Exponent = exponent;
        _sums = new double[count];
        double sum = 0;
        for (var rank = 0; rank < count; rank++)
        {
            _sums[rank] = sum += Math.Pow(rank + 1, -exponent);
        }
    }

    public int Count => _sums.Length;

    public double Exponent { get; }

    /// <summary>The part of all draws that a rank takes.</summary>
    public double Share(int rank) => (_sums[rank] - (rank == 0 ? 0 : _sums[rank - 1])) / _sums[^1];

    /// <param name="roll">In [0, 1).</param>
    public int Rank(double roll)
    {
        var found = Array.BinarySearch(_sums, roll * _sums[^1]);
        // Exactly on a sum is the next one's beginning.
        return Math.Min(found >= 0 ? found + 1 : ~found, _sums.Length - 1);
    }
}
