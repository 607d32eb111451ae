namespace SandGlass.Tests.Policy.Torture;

/// <summary>All cases, in the spirit of the public suites for JSON readers and written anew: structures, numbers, strings, objects, space, words, files.</summary>
internal static class TortureTable
{
    public static IReadOnlyList<TortureCase> All { get; } =
        [.. Structures.All, .. Numbers.All, .. Strings.All, .. Escapes(), .. Controls(), .. Objects.All, .. Spaces.All, .. Files.All];

    // Each ASCII character after a backslash, but for those of the grammar, u among them.
    private static IEnumerable<TortureCase> Escapes() => Enumerable.Range(0x20, 0x5F).Select(c => (char)c)
        .Where(c => !"\"\\/bfnrtu".Contains(c, StringComparison.Ordinal))
        .Select(c => TortureCase.Of($"n_string_escape_{(int)c:x2}", $"\"\\{c}\""));

    // Each control character unescaped, and escaped.
    private static IEnumerable<TortureCase> Controls() => Enumerable.Range(0, 0x20).SelectMany(c => new[]
    {
        TortureCase.Of($"n_string_control_{c:x2}", $"\"a{(char)c}b\""),
        TortureCase.Of($"y_string_escaped_control_{c:x2}", $"\"a\\u{c:x4}b\""),
    });
}
