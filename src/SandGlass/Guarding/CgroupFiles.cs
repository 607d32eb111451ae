using System.Globalization;

namespace SandGlass.Guarding;

/// <summary>
/// What the own cgroup (version 2) may use and has used. A limit may stand on any group between the own one and the root, so the whole way
/// up is looked at once. What is not there, or not in the form of version 2, says nothing, and the caller falls back.
/// </summary>
/// <param name="root">Stands for the root folder; tests put files of their own below it.</param>
internal sealed class CgroupFiles(string root = "/")
{
    private readonly string[] _way = Way(root);

    /// <summary>CPUs allowed, and CPU seconds used and throttled, of the tightest group; null: no quota.</summary>
    public (double Cpus, double UsedSeconds, double ThrottledSeconds)? Cpu()
    {
        (double Cpus, string Folder)? tightest = null;
        foreach (var folder in _way)
        {
            // "max 100000" or "150000 100000": microseconds of CPU in each period of microseconds.
            var parts = Text(folder, "cpu.max")?.Split(' ', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            if (parts is [var quota, var period] && Number(quota) is > 0 and var q && Number(period) is > 0 and var p
                && (tightest is null || q / p < tightest.Value.Cpus))
            {
                tightest = (q / p, folder);
            }
        }

        return tightest is { } found && Text(found.Folder, "cpu.stat") is { } stat && Field(stat, "usage_usec") is { } used
            ? (found.Cpus, used / 1e6, (Field(stat, "throttled_usec") ?? 0) / 1e6)
            : null;
    }

    /// <summary>Memory used of what is allowed, of the group that is nearest to its limit; null: no limit.</summary>
    public double? Memory()
    {
        double? nearest = null;
        foreach (var folder in _way)
        {
            if (Number(Text(folder, "memory.max")) is > 0 and var most && Number(Text(folder, "memory.current")) is { } current)
            {
                // Clean pages of files are given back before anybody is killed; the same sum as Kubernetes' working set.
                var reclaimable = Text(folder, "memory.stat") is { } stat ? Field(stat, "inactive_file") ?? 0 : 0;
                nearest = Math.Max(nearest ?? 0, Math.Max(0, current - reclaimable) / most);
            }
        }

        return nearest;
    }

    /// <summary>Files and sockets that the process may have open; null: unlimited or unknown.</summary>
    public int? OpenFiles()
    {
        var line = Text(Path.Combine(root, "proc", "self"), "limits")?.Split('\n').FirstOrDefault(static l => l.StartsWith("Max open files", StringComparison.Ordinal));
        return line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, _, _, var soft, ..] && Number(soft) is > 0 and <= int.MaxValue and var most ? (int)most : null;
    }

    // From the own group up to the root of what is mounted here.
    private static string[] Way(string root)
    {
        var mount = Path.Combine(root, "sys", "fs", "cgroup");
        var own = Text(Path.Combine(root, "proc", "self"), "cgroup")?.Split('\n').FirstOrDefault(static l => l.StartsWith("0::/", StringComparison.Ordinal))?[4..].Trim();
        if (own is null)
        {
            return [];
        }

        var way = new List<string> { mount };
        foreach (var part in own.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            // ".." or a group that is not mounted here: the container's own root is all that can be seen.
            var next = Path.Combine(way[^1], part);
            if (part == ".." || !Directory.Exists(next))
            {
                break;
            }

            way.Add(next);
        }

        return [.. way];
    }

    private static string? Text(string folder, string name)
    {
        try
        {
            var path = Path.Combine(folder, name);
            return File.Exists(path) ? File.ReadAllText(path) : null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static double? Field(string stat, string name)
    {
        foreach (var line in stat.Split('\n'))
        {
            if (line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length && line[name.Length] == ' ')
            {
                return Number(line[(name.Length + 1)..]);
            }
        }

        return null;
    }

    private static double? Number(string? text) =>
        double.TryParse(text, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number) ? number : null;
}
