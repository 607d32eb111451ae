namespace SandGlass.DemoShop;

/// <summary>The chance of one backend: seeded, and shared by its requests under a lock because Random is not thread-safe.</summary>
internal sealed class Dice(int seed)
{
    /// <summary>Spread of the service time: p99 is about twice the median, as in a service without trouble.</summary>
    private const double Sigma = 0.3;

    private readonly Random random = new(seed);
    private readonly Lock gate = new();

    /// <summary>True in <paramref name="ratio"/> of the calls. The ends are exact, and rolling nothing costs nothing.</summary>
    public bool Says(double ratio) => ratio > 0 && (ratio >= 1 || Roll() < ratio);

    /// <summary>A lognormal time around its median (Box and Muller, 1958).</summary>
    public double Around(double median)
    {
        double a, b;
        lock (gate)
        {
            a = 1 - random.NextDouble();
            b = random.NextDouble();
        }

        return median * Math.Exp(Sigma * Math.Sqrt(-2 * Math.Log(a)) * Math.Cos(2 * Math.PI * b));
    }

    private double Roll()
    {
        lock (gate)
        {
            return random.NextDouble();
        }
    }
}
