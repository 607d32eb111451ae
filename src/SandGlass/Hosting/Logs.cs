namespace SandGlass.Hosting;

/// <summary>How log lines look and which there are: one line each, on stderr; one a request only at Debug.</summary>
internal static class Logs
{
    /// <summary>
    /// The level that the environment asks for, as ASP.NET Core writes it: <c>Logging__LogLevel__SandGlass</c>, else
    /// <c>Logging__LogLevel__Default</c>; Information where neither is set or is a level.
    /// </summary>
    public static LogLevel Level(Func<string, string?> variable) =>
        Enum.TryParse<LogLevel>(variable("Logging__LogLevel__SandGlass") ?? variable("Logging__LogLevel__Default"), ignoreCase: true, out var level)
        && Enum.IsDefined(level) ? level : LogLevel.Information;

    /// <summary>Sets a logger up.</summary>
    public static void Configure(ILoggingBuilder logging, LogLevel level)
    {
        logging.ClearProviders();
        logging.AddSimpleConsole(static o =>
        {
            o.SingleLine = false;
            o.TimestampFormat = "HH:mm:ss ";
        });
        logging.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(static o => o.LogToStandardErrorThreshold = LogLevel.Trace);
        logging.SetMinimumLevel(LogLevel.Warning);
        logging.AddFilter("SandGlass", level);
        // Where this category is on, the host starts an activity for every request.
        logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        // A start that fails is told in one line by whoever started it, not by a stack trace.
        logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        // A line for every failed request; our counters and Proxy-Status tell it.
        logging.AddFilter("Yarp", LogLevel.None);
        if (level == LogLevel.None)
        {
            logging.ClearProviders();
        }
    }
}
