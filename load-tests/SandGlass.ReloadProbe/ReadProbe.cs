using System.Globalization;
using SandGlass.Policy;

namespace SandGlass.ReloadProbe;

/// <summary>Reading and checking alone: the first time with all that must be compiled first, and the best of the others.</summary>
internal static class ReadProbe
{
    public static int Run(string file, int times, TextWriter output)
    {
        var clock = TimeProvider.System;
        var bytes = File.ReadAllBytes(file);
        var folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        var took = new List<double>();
        double allocated = 0;
        for (var i = 0; i < times; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var began = clock.GetTimestamp();
            var reading = PolicyReader.Read(bytes, file, folder);
            took.Add(clock.GetElapsedTime(began).TotalMilliseconds);
            allocated = (GC.GetAllocatedBytesForCurrentThread() - before) / 1048576.0;
            if (!reading.Valid)
            {
                Console.Error.WriteLine($"reload-probe: {file} is not valid: {reading.Problems[0]}");
                return 1;
            }
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{took[0]:0} {took.Skip(1).DefaultIfEmpty(took[0]).Min():0} {allocated:0.0}"));
        return 0;
    }
}
