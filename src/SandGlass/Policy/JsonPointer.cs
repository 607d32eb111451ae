namespace SandGlass.Policy;

/// <summary>RFC 6901 pointers: "/routes/order/timeout"; "~" and "/" inside a key are written "~0" and "~1".</summary>
internal static class JsonPointer
{
    public static string Of(params ReadOnlySpan<string> keys)
    {
        string pointer = "";
        foreach (string key in keys)
        {
            pointer = To(pointer, key);
        }

        return pointer;
    }

    public static string To(string parent, string key) =>
        $"{parent}/{key.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";

    public static IEnumerable<string> Keys(string pointer) => pointer.Length == 0
        ? []
        : pointer[1..].Split('/').Select(key => key.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal));
}
