namespace SandGlass.ReloadProbe;

/// <summary>What clients saw, by the tenth of a second in which they asked.</summary>
internal sealed class Series
{
    public const int PerSecond = 10;

    private readonly Tenth[] _tenths;

    public Series(int seconds) => _tenths = [.. Enumerable.Range(0, seconds * PerSecond).Select(static _ => new Tenth())];

    public int Count => _tenths.Length;

    public void Add(TimeSpan at, TimeSpan took, int status)
    {
        var tenth = _tenths[Math.Clamp((int)(at.TotalSeconds * PerSecond), 0, _tenths.Length - 1)];
        lock (tenth)
        {
            tenth.Took.Add(took.TotalMilliseconds);
            tenth.Failed += status is >= 200 and < 300 ? 0 : 1;
        }
    }

    /// <summary>The latencies of the tenths from one on, sorted.</summary>
    public double[] Took(int from, int count)
    {
        double[] all = [.. _tenths.Skip(from).Take(count).SelectMany(static t => t.Took)];
        Array.Sort(all);
        return all;
    }

    public int Failed(int from, int count) => _tenths.Skip(from).Take(count).Sum(static t => t.Failed);

    public static double Quantile(double[] sorted, double q) => sorted.Length == 0 ? 0 : sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * q))];

    private sealed class Tenth
    {
        public List<double> Took { get; } = [];

        public int Failed { get; set; }
    }
}
