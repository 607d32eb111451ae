using System.Globalization;

namespace SandGlass.LoadTests.Processes;

/// <summary>CPU that a process and all that it has started have used, from /proc (proc(5)); null where there is none.</summary>
internal static class CpuTime
{
    // USER_HZ, which is 100 on every Linux that .NET runs on.
    private const double TicksASecond = 100;

    /// <summary>User and system time of a process and its living descendants, and of those of theirs that have ended and were waited for.</summary>
    public static TimeSpan? OfTree(int root)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        Dictionary<int, (int Parent, long Ticks)> all = [];
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && Read($"{folder}/stat") is { } stat)
            {
                all[id] = stat;
            }
        }

        if (!all.ContainsKey(root))
        {
            return null;
        }

        // Parents first is not promised: each asks its way up.
        bool Ours(int id)
        {
            for (var steps = 0; id > 1 && steps < 100; steps++)
            {
                if (id == root)
                {
                    return true;
                }

                id = all.TryGetValue(id, out var stat) ? stat.Parent : 0;
            }

            return false;
        }

        return TimeSpan.FromSeconds(all.Where(p => Ours(p.Key)).Sum(static p => p.Value.Ticks) / TicksASecond);
    }

    /// <summary>Who started a process; null where it is gone.</summary>
    public static int? ParentOf(int process) => Read($"/proc/{process.ToString(CultureInfo.InvariantCulture)}/stat")?.Parent;

    /// <summary>Parent and CPU ticks of a line of /proc/PID/stat: fields 4 and 14 to 17. The name in brackets may hold anything.</summary>
    public static (int Parent, long Ticks)? Parse(string stat)
    {
        var cells = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return cells.Length > 14 && int.TryParse(cells[1], out var parent) ? (parent, cells[11..15].Sum(static c => long.TryParse(c, out var ticks) ? ticks : 0)) : null;
    }

    private static (int Parent, long Ticks)? Read(string file)
    {
        try
        {
            return Parse(File.ReadAllText(file));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // It has just ended.
            return null;
        }
    }
}
