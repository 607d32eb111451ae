namespace SandGlass.Request;

/// <summary>Ticks as whole seconds, rounded up: whoever comes back after that long is not early.</summary>
internal static class Seconds
{
    /// <summary>Rounds up, without overflow.</summary>
    public static long Up(long ticks, long ticksPerSecond) => ticks <= 0 ? 0 : ((ticks - 1) / ticksPerSecond) + 1;

    /// <summary>The same for a header, at least 1 and at most <paramref name="most"/>.</summary>
    public static int UpTo(int most, long ticks, long ticksPerSecond) => (int)Math.Clamp(Up(ticks, ticksPerSecond), 1, most);
}
