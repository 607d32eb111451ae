namespace SandGlass.Policy;

/// <summary>So many in so long, as a policy writes it: "100/s", "600/m", "5/h", "1/d".</summary>
public readonly record struct Rate(double Count, TimeSpan Per)
{
    /// <summary>The words of how to write one, for messages and the schema.</summary>
    public const string HowToWrite = "a number above 0 and a unit of time: \"100/s\", \"600/m\", \"5/h\", \"1/d\"";

    /// <summary>More in one second than any one gateway will ever see; keeps the ticks between two requests above 0.</summary>
    public const double MostPerSecond = 10_000_000;

    /// <summary>The same as so many per second.</summary>
    public double PerSecond => Count / Per.TotalSeconds;

    public static bool TryParse(string text, out Rate rate)
    {
        rate = default;
        if (!Quantity.TrySplit(text, out double count, out string unit) || count <= 0)
        {
            return false;
        }

        TimeSpan per = unit switch
        {
            "/s" => TimeSpan.FromSeconds(1),
            "/m" => TimeSpan.FromMinutes(1),
            "/h" => TimeSpan.FromHours(1),
            "/d" => TimeSpan.FromDays(1),
            _ => TimeSpan.Zero,
        };
        rate = new Rate(count, per);
        return per > TimeSpan.Zero && rate.PerSecond <= MostPerSecond;
    }

    public override string ToString() =>
        Quantity.Write(Count) + Per.TotalSeconds switch { 1 => "/s", 60 => "/m", 3_600 => "/h", _ => "/d" };
}
