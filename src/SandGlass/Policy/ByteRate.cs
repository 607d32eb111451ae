namespace SandGlass.Policy;

/// <summary>Bytes per second as a policy writes them: "240B/s", "64KB/s".</summary>
public readonly record struct ByteRate(double BytesPerSecond)
{
    /// <summary>The words of how to write one, for messages and the schema.</summary>
    public const string HowToWrite = "a size per second: \"240B/s\", \"64KB/s\"";

    public static bool TryParse(string text, out ByteRate rate)
    {
        rate = default;
        if (!text.EndsWith("/s", StringComparison.Ordinal) || !ByteSize.TryParse(text[..^2], out ByteSize size))
        {
            return false;
        }

        rate = new ByteRate(size.Bytes);
        return true;
    }

    public override string ToString() => new ByteSize((long)BytesPerSecond) + "/s";
}
