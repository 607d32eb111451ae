using System.Globalization;

namespace SandGlass.OverloadProbe;

/// <summary>What the machine has done so far, in the kernel's ticks, and what the gateways hold, in bytes.</summary>
internal sealed record MachineReading(double At, long Busy, long All, long Generator, long Gateways, long Shops, long Resident);

/// <summary>Reads /proc.</summary>
internal static class Machine
{
    public static MachineReading Read(double at, Processes processes)
    {
        long[] fields = [.. File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(8).Select(Number)];
        var idle = fields[3] + fields[4];
        return new(
            at, fields.Sum() - idle, fields.Sum(), Ticks(Environment.ProcessId), processes.Gateways.Sum(Ticks), processes.Shops.Sum(Ticks),
            processes.Gateways.Sum(Resident));
    }

    private static long Ticks(int process)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{process}/stat");
            // The name may hold blanks: what follows its closing bracket is counted.
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return Number(fields[11]) + Number(fields[12]);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static long Resident(int process)
    {
        try
        {
            var line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(static l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
            return line is null ? 0 : Number(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) * 1024;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static long Number(string text) => long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
