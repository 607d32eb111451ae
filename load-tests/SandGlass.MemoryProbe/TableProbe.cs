using SandGlass.Algorithms.Rates;

namespace SandGlass.MemoryProbe;

/// <summary>The table alone: what it says of itself, and what the collector says of it.</summary>
internal static class TableProbe
{
    public static int Run(int keys, int most, TextWriter output)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var table = new RateTable<GcraPlan, long, Gcra>(most);
        var plan = GcraPlan.FromRate(10 / 86_400.0, 10, 1_000_000_000);
        for (var i = 1; i <= keys; i++)
        {
            // SplitMix64's finish: spread as a keyed hash would be.
            var z = (ulong)i * 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            table.Take(plan, z ^ (z >> 31), i);
        }

        var heap = GC.GetTotalMemory(forceFullCollection: true) - before;
        output.WriteLine($"{table.Bytes} {table.Count} {table.Evictions} {heap}");
        GC.KeepAlive(table);
        return 0;
    }
}
