using SandGlass.LoadTests.Planning;

namespace SandGlass.LoadTests.Config;

/// <summary>Reads feeds and steps out of <c>CustomSettings</c>.</summary>
internal sealed class JourneyReader(Fields custom, string scenario, string folder, List<Finding> findings)
{
    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

    private readonly List<string> _names = [];

    /// <summary>The feeds, the steps, and how many values a journey has.</summary>
    public (IReadOnlyList<Feed> Feeds, IReadOnlyList<Step> Steps, int Values) Read()
    {
        List<Feed> feeds = [];
        if (custom.Object("feeds") is { } described)
        {
            foreach (var member in described.Members)
            {
                if (Fields.Of(described.Take(member.Key), described.PathOf(member.Key), findings) is { } fields)
                {
                    feeds.Add(new FeedReader(fields, folder).Read(member.Key));
                }
                else
                {
                    feeds.Add(new CountFeed(member.Key));
                }
            }
        }

        _names.AddRange(feeds.Select(static f => f.Name));
        var headers = custom.Object("headers");
        var chain = custom.Text("chain") ?? scenario;
        var items = custom.List("steps");
        if (items.Count == 0 && custom.Take("steps") is null or ArrayNode)
        {
            custom.Wrong(custom.Take("steps"), "steps", "needs a step at least, such as { \"path\": \"/\" }");
        }

        List<Step> steps = [];
        for (var i = 0; i < items.Count; i++)
        {
            if (Fields.Of(items[i], custom.PathOf($"steps/{i}"), findings) is { } fields)
            {
                steps.Add(Step(fields, i, headers, chain));
                fields.End();
            }
        }

        foreach (var twin in steps.GroupBy(static s => s.Name).Where(static g => g.Count() > 1))
        {
            custom.Wrong(custom.Take("steps"), "steps", $"two steps are called \"{twin.Key}\"; give each a \"name\" of its own");
        }

        return (feeds, steps, _names.Count);
    }

    private Step Step(Fields fields, int index, Fields? shared, string chain)
    {
        var method = fields.Word("method", Methods) ?? "GET";
        var path = fields.Text("path");
        if (path is null && !fields.Has("path") || path is not null && !path.StartsWith('/'))
        {
            fields.Wrong(fields.Take("path"), "path", "must begin with /, such as \"/api/products/{sku}\"");
        }

        var body = fields.Take("body") switch
        {
            null => null,
            TextNode text => text.Value,
            { } node => JsonText.Of(node),
        };
        var json = body?.TrimStart() is ['{' or '[', ..];
        List<(string, Template)> headers = [.. Headers(shared), .. Headers(fields.Object("headers"))];
        if (json && !headers.Exists(static h => h.Item1.Equals("Content-Type", StringComparison.OrdinalIgnoreCase)))
        {
            headers.Add(("Content-Type", Template.Parse("application/json", [], Slot.Plain)));
        }

        var step = new Step(
            fields.Text("name") ?? $"step {index + 1}",
            new HttpMethod(method),
            Parse(fields, fields.Take("path"), "path", path ?? "/", Slot.Path),
            headers,
            body is null ? null : Parse(fields, fields.Take("body"), "body", body, json ? Slot.Json : Slot.Plain),
            Think(fields),
            Checks(fields),
            Saves(fields),
            fields.Text("chain") ?? chain,
            (int)(fields.Number("retries", 0, 10) ?? 0));
        return step;
    }

    private Template Parse(Fields fields, Node? node, string key, string text, Slot slot) =>
        Template.Parse(text, _names, slot, name => fields.Wrong(node, key, $"nothing gives a value to {{{name}}}{Words.Instead(name, _names)}"));

    private IEnumerable<(string Name, Template Value)> Headers(Fields? headers)
    {
        foreach (var member in headers?.Members ?? [])
        {
            if (headers!.Text(member.Key) is { } value)
            {
                yield return (member.Key, Parse(headers, member.Value, member.Key, value, Slot.Plain));
            }
        }
    }

    private static (TimeSpan From, TimeSpan To) Think(Fields fields)
    {
        var node = fields.Take("thinkTime");
        if (node is ArrayNode { Items: [var first, var second] })
        {
            var (from, to) = (fields.Time(first, "thinkTime/0", zero: true), fields.Time(second, "thinkTime/1", zero: true));
            if (from > to)
            {
                fields.Wrong(second, "thinkTime/1", "is shorter than the first; it is [\"least\", \"most\"]");
            }

            return (from ?? TimeSpan.Zero, to ?? TimeSpan.Zero);
        }

        var time = fields.Time(node, "thinkTime", zero: true) ?? TimeSpan.Zero;
        return (time, time);
    }

    private List<Check> Checks(Fields step)
    {
        List<Check> checks = [];
        var items = step.List("checks");
        for (var i = 0; i < items.Count; i++)
        {
            if (Fields.Of(items[i], step.PathOf($"checks/{i}"), findings) is not { } fields)
            {
                continue;
            }

            if (fields.Has("status"))
            {
                var node = fields.Take("status");
                IReadOnlyList<Node> statuses = node is ArrayNode list ? list.Items : [node!];
                checks.Add(new StatusCheck([.. statuses.Select(s => fields.Number(s, "status", 100, 599)).OfType<double>().Select(static s => (int)s)]));
            }

            if (fields.Text("contains") is { } text)
            {
                checks.Add(new ContainsCheck(text));
            }

            if (fields.Text("header") is { } header)
            {
                checks.Add(new HeaderCheck(header, fields.Text("has") ?? string.Empty));
            }
            else if (fields.Has("has"))
            {
                fields.Wrong(fields.Take("has"), "has", "says what a header must have; name the \"header\" beside it");
            }

            fields.Take("status");
            fields.Take("has");
            if (!fields.Members.Any())
            {
                fields.Wrong(null, string.Empty, "checks nothing; it has \"status\", \"contains\" or \"header\"");
            }

            fields.End();
        }

        return checks;
    }

    private List<(int Value, string Pointer)> Saves(Fields step)
    {
        List<(int, string)> saves = [];
        if (step.Object("save") is not { } fields)
        {
            return saves;
        }

        foreach (var member in fields.Members)
        {
            var pointer = fields.Text(member.Key);
            if (pointer is not null && !pointer.StartsWith('/'))
            {
                fields.Wrong(member.Value, member.Key, "must be a JSON pointer, such as \"/id\" or \"/items/0/sku\"");
            }

            if (!_names.Contains(member.Key))
            {
                _names.Add(member.Key);
            }

            saves.Add((_names.IndexOf(member.Key), pointer ?? "/"));
        }

        return saves;
    }
}
