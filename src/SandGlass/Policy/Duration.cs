namespace SandGlass.Policy;

/// <summary>A span of time as a policy writes it: "250ms", "3s", "10m", "24h", "1d".</summary>
public readonly record struct Duration(TimeSpan Value) : IComparable<Duration>
{
    /// <summary>The words of how to write one, for messages and the schema.</summary>
    public const string HowToWrite = "a number and a unit: \"250ms\", \"3s\", \"10m\", \"24h\", \"1d\"";

    /// <summary>Nothing in a gateway lasts longer; far inside what TimeSpan and timers can hold.</summary>
    private static readonly TimeSpan _longest = TimeSpan.FromDays(3650);

    public static Duration Zero => default;

    public static Duration FromMilliseconds(double milliseconds) => new(TimeSpan.FromMilliseconds(milliseconds));

    public static Duration FromSeconds(double seconds) => new(TimeSpan.FromSeconds(seconds));

    public static bool TryParse(string text, out Duration duration)
    {
        duration = default;
        if (!Quantity.TrySplit(text, out double number, out string unit))
        {
            return false;
        }

        double milliseconds = number * unit switch
        {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => double.NaN,
        };
        if (double.IsNaN(milliseconds) || Math.Abs(milliseconds) > _longest.TotalMilliseconds)
        {
            return false;
        }

        duration = FromMilliseconds(milliseconds);
        return true;
    }

    public int CompareTo(Duration other) => Value.CompareTo(other.Value);

    public static bool operator <(Duration left, Duration right) => left.Value < right.Value;

    public static bool operator >(Duration left, Duration right) => left.Value > right.Value;

    public static bool operator <=(Duration left, Duration right) => left.Value <= right.Value;

    public static bool operator >=(Duration left, Duration right) => left.Value >= right.Value;

    /// <summary>The shortest way to write it: the largest unit that leaves a whole number.</summary>
    public override string ToString()
    {
        double ms = Value.TotalMilliseconds;
        return ms switch
        {
            0 => "0s",
            _ when ms % 86_400_000 == 0 => Quantity.Write(ms / 86_400_000) + "d",
            _ when ms % 3_600_000 == 0 => Quantity.Write(ms / 3_600_000) + "h",
            _ when ms % 60_000 == 0 => Quantity.Write(ms / 60_000) + "m",
            _ when ms % 1_000 == 0 => Quantity.Write(ms / 1_000) + "s",
            _ => Quantity.Write(ms) + "ms",
        };
    }
}
