namespace SandGlass.Algorithms.Tests;

/// <summary>Bytes the current thread allocates, so that "allocates nothing" is a measured word.</summary>
internal static class Allocations
{
    public static long Of(Action action)
    {
        // Tiered compilation may allocate while it replaces code: the second and third of three rounds are honest, the least counts.
        long least = long.MaxValue;
        for (int round = 0; round < 3; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
