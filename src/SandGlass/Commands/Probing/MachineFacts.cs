using System.Globalization;

namespace SandGlass.Commands.Probing;

/// <summary>What the machine, or the container, gives this process. Null: it doesn't tell.</summary>
/// <param name="Cpus">CPUs that may be used.</param>
/// <param name="FreeMemory">Bytes that can be had.</param>
/// <param name="OpenFiles">Files and sockets that may be open at once.</param>
/// <param name="Ports">Local ports for connections to one address.</param>
internal sealed record MachineFacts(int Cpus, long? FreeMemory, long? OpenFiles, int? Ports)
{
    /// <summary>Reads them, where Linux keeps them.</summary>
    public static MachineFacts Read() => new(
        Environment.ProcessorCount,
        FreeBytes(),
        Number(Line("/proc/self/limits", "Max open files"), 3),
        Line("/proc/sys/net/ipv4/ip_local_port_range", string.Empty) is { } range && Number(range, 0) is { } low && Number(range, 1) is { } high
            ? (int)(high - low + 1) : null);

    // A container's limit is known to the collector; what others use of the machine only to the kernel.
    private static long? FreeBytes()
    {
        var most = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return Number(Line("/proc/meminfo", "MemAvailable:"), 1) is { } free ? Math.Min(most, free * 1024) : most;
    }

    private static string? Line(string file, string beginning)
    {
        try
        {
            return File.ReadLines(file).FirstOrDefault(line => line.StartsWith(beginning, StringComparison.Ordinal));
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static long? Number(string? line, int word)
    {
        var text = line?.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(word);
        return text == "unlimited" ? long.MaxValue : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }
}
