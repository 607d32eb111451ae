using System.Text;
using Microsoft.Win32.SafeHandles;

namespace SandGlass.Commands;

/// <summary>
/// Where verbs write to. .NET's own console says nothing when whoever read a pipe has gone (<c>| head</c>), so a verb that writes once a second would do so for
/// ever; this says so with <see cref="OutputClosedException"/>, and the verb ends. Those that serve do not: they <see cref="TellAsync"/>. A terminal goes on to be the console.
/// </summary>
internal sealed class StandardOutput(FileStream pipe) : Stream
{
    // errno(3) of Linux and macOS, which .NET hands on in HResult.
    private const int BrokenPipe = 32;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The console's writer, or one that notices when nobody reads.</summary>
    public static TextWriter Writer()
    {
        if (!Console.IsOutputRedirected || OperatingSystem.IsWindows())
        {
            return Console.Out;
        }

        var handle = new SafeFileHandle(1, ownsHandle: false);
        return TextWriter.Synchronized(new StreamWriter(new StandardOutput(new(handle, FileAccess.Write, bufferSize: 0)), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true });
    }

    /// <summary>For verbs that serve: says it to whoever listens, and goes on if nobody does. A gateway must not end because its log's reader has.</summary>
    public static async Task TellAsync(TextWriter output, string text)
    {
        try
        {
            await output.WriteLineAsync(text).ConfigureAwait(false);
        }
        catch (OutputClosedException)
        {
            // Nobody listens.
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            pipe.Write(buffer);
        }
        catch (IOException fault) when (fault.HResult == BrokenPipe)
        {
            throw new OutputClosedException();
        }
    }

    public override void Flush()
    {
        // Nothing is held back.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
