namespace SandGlass.LoadTests.Reports;

/// <summary>Writes a report in the kinds that were asked for.</summary>
internal static class ReportFiles
{
    private static readonly Dictionary<string, (string Extension, Func<RunReport, string> Write)> Kinds = new()
    {
        ["html"] = (".html", HtmlReport.Write),
        ["md"] = (".md", TextReports.Markdown),
        ["csv"] = (".csv", TextReports.Csv),
        ["txt"] = (".txt", TextReports.Txt),
        ["json"] = (".json", TextReports.Json),
        ["junit"] = (".junit.xml", TextReports.JUnit),
    };

    /// <summary>Makes the folder and sees that it can be written: an hour's run is not to end in a report that cannot be kept.</summary>
    public static void Prepare(string? folder)
    {
        if (folder is not null)
        {
            Directory.CreateDirectory(folder);
            File.Create(Path.Combine(folder, Path.GetRandomFileName()), 1, FileOptions.DeleteOnClose).Dispose();
        }
    }

    /// <summary>The files written.</summary>
    /// <param name="report">What.</param>
    /// <param name="folder">Where; made if it is not there.</param>
    /// <param name="name">Without extension; null for the test's name and the moment of its begin.</param>
    /// <param name="formats">Some of html, md, csv, txt, json, junit; all where none is named.</param>
    public static IReadOnlyList<string> Write(RunReport report, string folder, string? name, IReadOnlyList<string> formats)
    {
        Directory.CreateDirectory(folder);
        name ??= string.Concat($"{report.TestName}_{report.Began:yyyy-MM-dd_HH-mm-ss}".Select(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-'));
        List<string> files = [];
        foreach (var format in formats.Count > 0 ? formats : [.. Kinds.Keys])
        {
            var (extension, write) = Kinds[format];
            var file = Path.Combine(folder, name + extension);
            File.WriteAllText(file, write(report));
            files.Add(file);
        }

        return files;
    }
}
