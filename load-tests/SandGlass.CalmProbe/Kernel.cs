using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace SandGlass.CalmProbe;

/// <summary>
/// Waits to the microsecond for an answer or for the next request's moment, and reads and writes without .NET's event loop in between: one thread and
/// one call for each step, so that the probe takes little from what it measures.
/// </summary>
internal static partial class Kernel
{
    private const int SetTimerSlack = 29;
    private const int NoWait = 0x40;
    private const int NoSignal = 0x4000;
    private const short Readable = 1;

    /// <summary>The kernel may wake this thread 50 us late so as to wake it less often; not this one.</summary>
    public static void WakeInTime() => _ = Prctl(SetTimerSlack, 1, 0, 0, 0);

    /// <summary>What is waited for on a socket.</summary>
    public static Waited For(Socket socket) => new() { Descriptor = (int)socket.Handle, Wanted = Readable };

    /// <summary>Waits until one of them has something to read, or the time is over.</summary>
    public static void Wait(Span<Waited> waited, double seconds)
    {
        var span = new TimeSpec { Nanoseconds = (nint)(Math.Clamp(seconds, 0, 0.5) * 1e9) };
        _ = Poll(waited, (nuint)waited.Length, in span, 0);
    }

    /// <summary>As many bytes as were taken; below 1: none.</summary>
    public static int Send(int descriptor, ReadOnlySpan<byte> bytes) => (int)Write(descriptor, bytes, (nuint)bytes.Length, NoWait | NoSignal);

    /// <summary>As many bytes as there were; below 1: none, or the other side is gone.</summary>
    public static int Receive(int descriptor, Span<byte> bytes) => (int)Read(descriptor, bytes, (nuint)bytes.Length, NoWait);

    [LibraryImport("libc", EntryPoint = "ppoll")]
    private static partial int Poll(Span<Waited> waited, nuint count, in TimeSpec span, nint mask);

    [LibraryImport("libc", EntryPoint = "send")]
    private static partial nint Write(int descriptor, ReadOnlySpan<byte> bytes, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv")]
    private static partial nint Read(int descriptor, Span<byte> bytes, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Prctl(int option, nuint a, nuint b, nuint c, nuint d);

    /// <summary>The kernel's <c>struct pollfd</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Waited
    {
        public int Descriptor;
        public short Wanted;
        public short Happened;

        /// <summary>Whether there is something to read, the end included.</summary>
        public readonly bool IsReady => Happened != 0;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
