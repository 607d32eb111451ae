using Microsoft.Win32.SafeHandles;

namespace SandGlass.Hosting;

/// <summary>The process's own streams, bare.</summary>
internal static class StandardStreams
{
    /// <summary>Standard output. .NET's own says nothing when whoever read a pipe has gone; this throws an <see cref="IOException"/>.</summary>
    public static Stream Output() =>
        OperatingSystem.IsWindows() ? Console.OpenStandardOutput() : new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
}
