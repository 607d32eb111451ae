using SandGlass.LoadTests.Planning;

namespace SandGlass.LoadTests.Config;

/// <summary>Reads one feed: by popularity, from a list, a file, a range, or the journey's own.</summary>
internal sealed class FeedReader(Fields fields, string folder)
{
    private static readonly string[] Kinds = ["zipf", "values", "file", "from", "fill", "client", "journey"];

    public Feed Read(string name)
    {
        var feed = Make(name);
        fields.End();
        if (feed is null)
        {
            fields.Wrong(null, string.Empty, $"must say where values come from: {string.Join(", ", Kinds)}");
        }

        return feed ?? new CountFeed(name);
    }

    private Feed? Make(string name)
    {
        var prefix = fields.Text("prefix") ?? string.Empty;
        var random = fields.Word("order", "circular", "random") == "random";
        var zipf = fields.Number("zipf", 0, 10);
        var count = fields.Number("count", 1, 10_000_000);
        var values = fields.Texts("values");
        var (from, to) = (fields.Whole("from", 0), fields.Whole("to", 0));
        var fill = fields.Number("fill", 1, 16 << 20);
        var file = fields.Text("file");
        var column = fields.Text("column");
        var own = (Client: fields.Take("client") is OtherNode { Literal: "true" }, Journey: fields.Take("journey") is OtherNode { Literal: "true" });
        if (to < from)
        {
            fields.Wrong(fields.Take("to"), "to", "is below \"from\"");
            to = from;
        }

        return (zipf, file, from, to) switch
        {
            ({ } exponent, _, _, _) => new ZipfFeed(name, prefix, new((int)(count ?? Missing("count", 1)), exponent)),
            (_, { } csv, _, _) => new ListFeed(name, Csv(csv, column), random),
            (_, _, { } first, { } last) => new RangeFeed(name, prefix, first, last),
            _ when values.Count > 0 => new ListFeed(name, values, random),
            _ when fill is { } length => new ListFeed(name, [new string('x', (int)length)], false),
            _ when own.Client => new ClientFeed(name),
            _ when own.Journey => new CountFeed(name),
            _ => null,
        };
    }

    private double Missing(string key, double instead)
    {
        if (!fields.Has(key))
        {
            fields.Wrong(null, key, "is missing: how many there are");
        }

        return instead;
    }

    // Plain CSV: a line of names, then values; no quotes, since what goes into a URL needs none.
    private List<string> Csv(string file, string? column)
    {
        var path = System.IO.Path.Combine(folder, file);
        if (!File.Exists(path))
        {
            fields.Wrong(fields.Take("file"), "file", $"there is no {path}");
            return ["?"];
        }

        string[] lines = [.. File.ReadLines(path).Where(static l => l.Length > 0)];
        string[] names = lines.Length == 0 ? [] : lines[0].Split(',');
        var index = column is null ? 0 : Array.IndexOf(names, column);
        if (index < 0 || lines.Length < 2)
        {
            fields.Wrong(fields.Take("file"), "file", index < 0 ? $"has no column \"{column}\"{Words.Instead(column!, names)}" : "has no line below its names");
            return ["?"];
        }

        return [.. lines.Skip(1).Select(l => l.Split(',').ElementAtOrDefault(index) ?? string.Empty)];
    }
}
