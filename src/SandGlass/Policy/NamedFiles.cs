using System.Text.Json;
using System.Text.RegularExpressions;

namespace SandGlass.Policy;

/// <summary>
/// The files that a policy names as "file:PATH" (lists of address ranges, secrets): a change of one of them is a change of the policy,
/// although its own bytes are the same. They are found in the text, so that the files of a policy that was turned away, because one of
/// them was missing, are watched too.
/// </summary>
internal static partial class NamedFiles
{
    /// <summary>More than these in one policy are not watched.</summary>
    private const int Most = 256;

    /// <summary>The full paths, each once.</summary>
    public static string[] In(ReadOnlySpan<byte> utf8, string baseDirectory)
    {
        if (utf8.IndexOf("\"file:"u8) < 0)
        {
            return [];
        }

        var paths = new SortedSet<string>(StringComparer.Ordinal);
        foreach (Match name in Name().Matches(System.Text.Encoding.UTF8.GetString(utf8)))
        {
            try
            {
                paths.Add(Path.GetFullPath(JsonSerializer.Deserialize<string>(name.Value)![5..], Path.GetFullPath(baseDirectory)));
            }
            catch (Exception none) when (none is JsonException or ArgumentException)
            {
                // The validator says so.
            }

            if (paths.Count == Most)
            {
                break;
            }
        }

        return [.. paths];
    }

    /// <summary>Tells one state of the files from another: length and time of writing of what the paths lead to, links followed.</summary>
    public static string Stamp(string[] paths) => string.Concat(paths.Select(Stamp));

    private static string Stamp(string path)
    {
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return $"|{RandomAccess.GetLength(file)}:{File.GetLastWriteTimeUtc(file).Ticks}";
        }
        catch (Exception away) when (away is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return "|";
        }
    }

    [GeneratedRegex("""
        "file:(?:[^"\\\r\n]|\\.)+"
        """, RegexOptions.NonBacktracking)]
    private static partial Regex Name();
}
