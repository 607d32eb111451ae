using System.Globalization;

namespace SandGlass.Policy;

/// <summary>The level at which an alarm speaks: a plain number (0.85) or a duration ("300ms", held here in seconds).</summary>
public readonly record struct Threshold(double Value, bool IsDuration)
{
    /// <summary>The words of how to write one, for messages and the schema.</summary>
    public const string HowToWrite = "a number (0.85) or a duration (\"300ms\")";

    public override string ToString() =>
        IsDuration ? Duration.FromSeconds(Value).ToString() : Value.ToString("R", CultureInfo.InvariantCulture);
}
