namespace SandGlass.Algorithms.Balancing;

/// <summary>
/// How much of its share a destination gets that has come back: a tenth at first, all after a while. Its caches are cold, and whatever
/// broke it may break it again; then a tenth of the requests find out and not all.
/// </summary>
public static class SlowReturn
{
    /// <summary>The least share: enough to learn that it is well again.</summary>
    public const double Least = 0.1;

    /// <summary>The share, <see cref="Least"/>..1.</summary>
    /// <param name="back">The tick of its return; <see cref="OutlierDetector.Never"/>: it was never away.</param>
    /// <param name="now">Monotonic ticks.</param>
    /// <param name="over">Ticks from the first request to the full share.</param>
    public static double Share(long back, long now, long over) =>
        back == OutlierDetector.Never || now - back >= over ? 1 : Math.Clamp((double)(now - back) / over, Least, 1);
}
