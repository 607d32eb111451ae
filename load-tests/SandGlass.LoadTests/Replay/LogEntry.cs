namespace SandGlass.LoadTests.Replay;

/// <summary>A request of a log.</summary>
/// <param name="At">Seconds since 1970, as the log says it.</param>
/// <param name="Method">GET, …</param>
/// <param name="Target">Path and query.</param>
/// <param name="Client">Whoever asked, as the log names him; never sent.</param>
/// <param name="Body">Where the log has it (HAR).</param>
internal sealed record LogEntry(double At, string Method, string Target, string Client, string? Body = null);

/// <summary>What a file held.</summary>
/// <param name="Format">Its format, in words.</param>
/// <param name="Entries">Its requests in order of time; equal times in the order of the file.</param>
/// <param name="Malformed">Lines that were none.</param>
/// <param name="FirstMalformed">The number of the first of them, from 1; 0 where there is none.</param>
/// <param name="OutOfOrder">Requests that stood after a later one: logs are written when requests end.</param>
/// <param name="WholeSeconds">No time has a fraction, so requests are spread within their seconds.</param>
internal sealed record LogFile(string Format, IReadOnlyList<LogEntry> Entries, int Malformed, int FirstMalformed, int OutOfOrder, bool WholeSeconds)
{
    /// <summary>The first line that was none; empty where it was too long to be held.</summary>
    public string FirstText { get; init; } = string.Empty;

    /// <summary>Of those that were none, lines longer than <see cref="BoundedLines.Longest"/>.</summary>
    public int TooLong { get; init; }

    /// <summary>What is wrong with the whole of it; null where nothing is.</summary>
    public string? Note { get; init; }

    /// <summary>Only what came in a stretch of it, in seconds since 1970; the end is not in it.</summary>
    public LogFile Between(double from, double until) => this with { Entries = [.. Entries.Where(e => e.At >= from && e.At < until)] };
}
