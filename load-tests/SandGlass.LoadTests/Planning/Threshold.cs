using System.Globalization;

namespace SandGlass.LoadTests.Planning;

/// <summary>What a threshold looks at; NBomber's words, and one of ours: refused.</summary>
internal enum Subject
{
    OkRequest,
    FailRequest,
    Refused,
    OkLatency,
    OkDataTransfer,
    StatusCode,
}

/// <summary>A goal. Whether it was met decides the exit code.</summary>
/// <param name="Scenario">Index of the scenario.</param>
/// <param name="Step">Index of the step, or null for all.</param>
/// <param name="Subject">Of what.</param>
/// <param name="Status">Where it is about a status.</param>
/// <param name="Metric">rps, percent, min, mean, max, p50 … p99.99.</param>
/// <param name="Sign">&lt;, &lt;=, &gt;, &gt;=, = or !=.</param>
/// <param name="Limit">Requests a second, percent, milliseconds or bytes.</param>
/// <param name="Text">As it was written.</param>
internal sealed record Threshold(
    int Scenario, int? Step, Subject Subject, int? Status, string Metric, string Sign, double Limit, string Text)
{
    /// <summary>The run ends when it was found missed so often.</summary>
    public long AbortWhenErrorCount { get; init; } = long.MaxValue;

    /// <summary>While the run is on, it is not looked at before.</summary>
    public TimeSpan StartCheckAfter { get; init; }

    public bool Holds(double value) => Sign switch
    {
        "<" => value < Limit,
        "<=" => value <= Limit,
        ">" => value > Limit,
        ">=" => value >= Limit,
        "!=" => Math.Abs(value - Limit) > 1e-9,
        _ => Math.Abs(value - Limit) <= 1e-9,
    };

    /// <summary>0.99 for p99; null for what is no percentile.</summary>
    public static double? Part(string metric) =>
        metric.StartsWith('p') && double.TryParse(metric.AsSpan(1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent)
            ? percent / 100
            : null;
}
