namespace SandGlass.Algorithms.Concurrency;

/// <summary>What a gateway has learnt of a route.</summary>
/// <param name="Seconds">A round trip takes when nothing queues.</param>
/// <param name="Known">Round trips that this rests on; 0 = nothing is known.</param>
public readonly record struct LearntBase(double Seconds, int Known)
{
    // What a base rests on at most, and how long none is.
    private const int MostKnown = 4000, MostSeconds = 600;

    /// <summary>The mean of several, each with the weight of what it rests on; nonsense is left out.</summary>
    public static LearntBase Of(IEnumerable<LearntBase> several)
    {
        double seconds = 0, known = 0;
        foreach (LearntBase one in several.Where(static b => b.Known is > 0 and <= MostKnown && b.Seconds is > 0 and < MostSeconds))
        {
            seconds += one.Known * one.Seconds;
            known += one.Known;
        }

        return known > 0 ? new(seconds / known, (int)Math.Min(known, int.MaxValue)) : default;
    }
}
