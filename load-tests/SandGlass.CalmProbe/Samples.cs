namespace SandGlass.CalmProbe;

/// <summary>Every single time, so that quantiles are exact and turns can be put together.</summary>
/// <param name="most">As many as are expected at most; room that is there before the first one comes.</param>
internal sealed class Samples(int most)
{
    private readonly List<float> _took = new(most);
    private readonly List<float> _late = new(most);

    public int Count => _took.Count;

    /// <summary>Milliseconds from its moment to the answer's last byte.</summary>
    public void Add(double ms) => _took.Add((float)ms);

    /// <summary>Milliseconds from its moment to when it had been sent.</summary>
    public void Late(double ms) => _late.Add((float)ms);

    public void AddAll(Samples others)
    {
        _took.AddRange(others._took);
        _late.AddRange(others._late);
    }

    public double Took(double quantile) => Quantile(_took, quantile);

    public double Late99() => Quantile(_late, 0.99);

    private static double Quantile(List<float> times, double quantile)
    {
        times.Sort();
        return times.Count == 0 ? 0 : times[Math.Min(times.Count - 1, (int)(times.Count * quantile))];
    }
}
