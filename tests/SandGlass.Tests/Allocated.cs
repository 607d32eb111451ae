namespace SandGlass.Tests;

/// <summary>Bytes the current thread allocates, so that "allocates nothing" is a measured word.</summary>
internal static class Allocated
{
    /// <summary>Bytes by one call, the best of five rounds of a hundred: tiered compilation may allocate while it replaces code.</summary>
    public static double Per(Action call)
    {
        long least = long.MaxValue;
        for (var round = 0; round < 5; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 100; i++)
            {
                call();
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least / 100.0;
    }
}
