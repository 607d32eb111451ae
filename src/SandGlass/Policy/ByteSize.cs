namespace SandGlass.Policy;

/// <summary>A number of bytes as a policy writes it: "500B", "64KB" (65,536), "1MB", "2GB".</summary>
public readonly record struct ByteSize(long Bytes)
{
    /// <summary>The words of how to write one, for messages and the schema.</summary>
    public const string HowToWrite = "a number and a unit: \"500B\", \"64KB\", \"1MB\", \"2GB\" (1KB is 1,024 bytes)";

    public static bool TryParse(string text, out ByteSize size)
    {
        size = default;
        if (!Quantity.TrySplit(text, out double number, out string unit) || number < 0)
        {
            return false;
        }

        double bytes = number * unit switch
        {
            "B" => 1,
            "KB" => 1 << 10,
            "MB" => 1 << 20,
            "GB" => 1 << 30,
            _ => double.NaN,
        };
        if (!(bytes <= 1L << 50))
        {
            return false;
        }

        size = new ByteSize((long)bytes);
        return true;
    }

    public override string ToString() => Bytes switch
    {
        0 => "0B",
        _ when Bytes % (1 << 30) == 0 => $"{Bytes >> 30}GB",
        _ when Bytes % (1 << 20) == 0 => $"{Bytes >> 20}MB",
        _ when Bytes % (1 << 10) == 0 => $"{Bytes >> 10}KB",
        _ => $"{Bytes}B",
    };
}
