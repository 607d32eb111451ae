using System.Runtime.InteropServices;

namespace SandGlass.LoadTests.Processes;

/// <summary>Signals that .NET does not send.</summary>
internal static partial class Signal
{
    // By their numbers on Linux.
    private const int End = 15;
    private const int Continue = 18;
    private const int Stop = 19;

    /// <summary>It is asked to end; false where nobody could be asked.</summary>
    public static bool Terminate(int process) => Send(process, End);

    /// <summary>Any signal, by its number; false where there is no such process.</summary>
    public static bool Send(int process, int signal) => Kill(process, signal) == 0;

    /// <summary>From now on it does nothing, while its sockets stay open: it hangs.</summary>
    public static void Halt(int process) => _ = Kill(process, Stop);

    /// <summary>It goes on where it was.</summary>
    public static void Resume(int process) => _ = Kill(process, Continue);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
