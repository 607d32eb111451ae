namespace SandGlass.Algorithms.Guarding;

/// <summary>
/// Makes a steady load out of restless readings. The median of the last three lets no single spike through; what passes is followed with
/// a time constant of 150 ms upwards, so that an overload acts within about half a second, and of 1 s downwards, so that relief has to last:
/// whoever is let in again by the first calm reading would bring the trouble back. A mutable struct for one thread.
/// </summary>
public struct SelfLoad
{
    /// <summary>Time constant of the way up, seconds.</summary>
    public const double RiseSeconds = 0.15;

    /// <summary>Time constant of the way down, seconds.</summary>
    public const double FallSeconds = 1;

    private double _last, _beforeLast;

    /// <summary>The load, 0..1.</summary>
    public double Now { get; private set; }

    /// <summary>Takes the worst reading in.</summary>
    /// <param name="worst">Fraction of its bound; below 0, above 1 and what is no number are brought into 0..1.</param>
    /// <param name="seconds">Since the last reading, above 0.</param>
    public double Next(double worst, double seconds)
    {
        worst = double.IsNaN(worst) ? 0 : Math.Clamp(worst, 0, 1);
        var median = Math.Max(Math.Min(worst, _last), Math.Min(Math.Max(worst, _last), _beforeLast));
        (_beforeLast, _last) = (_last, worst);
        var constant = median > Now ? RiseSeconds : FallSeconds;
        Now += (median - Now) * (1 - Math.Exp(-Math.Max(0, seconds) / constant));
        return Now;
    }
}
