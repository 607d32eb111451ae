using System.Diagnostics;

namespace SandGlass.Testing;

/// <summary>Programs of the machine that some tests need. Without one, such a test is skipped by name; under CI that is a failure.</summary>
public static class Programs
{
    /// <summary>The path of a program, or null.</summary>
    public static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, name))
        .FirstOrDefault(File.Exists);

    /// <summary>Why a test is skipped, in one line that says what to install.</summary>
    public static string Missing(string name, string package) => $"{name} is not installed; Debian's package {package} has it";

    /// <summary>Sends a signal, such as <c>-STOP</c>, to a process that the test has started.</summary>
    public static async Task SignalAsync(Process process, string signal)
    {
        ArgumentNullException.ThrowIfNull(process);
        using var kill = Process.Start("kill", [signal, $"{process.Id}"]);
        await kill.WaitForExitAsync();
    }
}
