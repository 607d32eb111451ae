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
        : pointer[1..].Split('/').Select(Unescaped);

    /// <summary>The value that a pointer leads to; null where it leads nowhere. Asked for each key of each route, so it makes no strings.</summary>
    public static PolicyNode? Find(PolicyNode? from, ReadOnlySpan<char> pointer)
    {
        while (from is not null && pointer.Length > 0)
        {
            pointer = pointer[1..];
            int length = pointer.IndexOf('/');
            ReadOnlySpan<char> key = length < 0 ? pointer : pointer[..length];
            from = key.Contains('~') ? from.Member(Unescaped(key.ToString())) : from.Member(key);
            pointer = length < 0 ? [] : pointer[length..];
        }

        return from;
    }

    private static string Unescaped(string key) => key.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
}
