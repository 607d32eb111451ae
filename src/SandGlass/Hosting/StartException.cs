namespace SandGlass.Hosting;

/// <summary>The program could not start; the message is one line that says what to do, and goes to stderr as it is.</summary>
/// <param name="exitCode">2: wrong usage or an invalid policy; 3: the machine said no.</param>
/// <param name="message">For people.</param>
public sealed class StartException(int exitCode, string message) : Exception(message)
{
    /// <summary>The program's exit code.</summary>
    public int ExitCode { get; } = exitCode;
}
