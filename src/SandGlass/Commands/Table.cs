namespace SandGlass.Commands;

/// <summary>Columns for a terminal: as wide as their widest cell, two spaces between, the last one as long as it is.</summary>
internal static class Table
{
    public static async Task WriteAsync(TextWriter output, string[] heads, IEnumerable<string[]> rows, string whenEmpty)
    {
        // What gateways answer may hold what operators typed; a terminal must not obey it.
        string[][] all = [heads, .. rows.Select(static r => r.Select(Policy.Words.Visible).ToArray())];
        if (all.Length == 1)
        {
            await output.WriteLineAsync(whenEmpty).ConfigureAwait(false);
            return;
        }

        var widths = heads.Select((_, column) => all.Max(row => row[column].Length)).ToArray();
        foreach (var row in all)
        {
            await output.WriteLineAsync(string.Join("  ", row.Select((cell, column) => column == row.Length - 1 ? cell : cell.PadRight(widths[column]))).TrimEnd()).ConfigureAwait(false);
        }
    }
}
