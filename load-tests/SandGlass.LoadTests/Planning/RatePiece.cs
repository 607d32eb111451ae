namespace SandGlass.LoadTests.Planning;

/// <summary>A stretch of time in which the rate goes straight from one value to another.</summary>
/// <param name="From">Seconds since the plan's begin.</param>
/// <param name="Seconds">How long.</param>
/// <param name="First">Journeys a second at its begin.</param>
/// <param name="Last">Journeys a second at its end.</param>
/// <param name="Count">How many begin in it, whole.</param>
internal readonly record struct RatePiece(double From, double Seconds, double First, double Last, long Count)
{
    /// <summary>How many begin in it, as a decimal: the area under the rate.</summary>
    public static double Area(double seconds, double first, double last) => (first + last) / 2 * seconds;

    /// <summary>The moment at which a part (0…1) of its journeys have begun: the inverse of first·t + (last − first)·t² ÷ 2·seconds.</summary>
    public double At(double part)
    {
        var area = part * Area(Seconds, First, Last);
        var slope = (Last - First) / Seconds;
        // The form of the root that loses no digits when the slope is nearly 0.
        var root = Math.Sqrt(Math.Max(0, (First * First) + (2 * slope * area)));
        return From + (area == 0 ? 0 : Math.Min(Seconds, 2 * area / (First + root)));
    }
}
