using System.Text;
using SandGlass.DemoShop;
using SandGlass.LoadTests.Config;
using SandGlass.LoadTests.Planning;

namespace SandGlass.LoadTests.Drills;

/// <summary>Reads a drill strictly: all that is wrong at once, each with its place.</summary>
internal sealed class DrillReader
{
    private readonly List<Finding> _findings = [];
    private readonly IReadOnlyList<Scenario> _shoppers;

    private DrillReader(IReadOnlyList<Scenario> shoppers) => _shoppers = shoppers;

    /// <param name="name">What it is called.</param>
    /// <param name="bytes">The file.</param>
    /// <param name="shoppers">Who may come.</param>
    /// <param name="findings">What is wrong, in the order of the file.</param>
    public static Drill? Read(string name, byte[] bytes, IReadOnlyList<Scenario> shoppers, out IReadOnlyList<Finding> findings)
    {
        var reader = new DrillReader(shoppers);
        var drill = Fields.Of(JsonTree.Read(bytes, reader._findings), string.Empty, reader._findings) is { } root ? reader.Read(name, root) : null;
        findings = [.. reader._findings.OrderBy(static f => f.Place.Line).ThenBy(static f => f.Place.Column)];
        return findings.Count == 0 ? drill : null;
    }

    private Drill Read(string name, Fields root)
    {
        var shop = Faults(root, "shop") ?? "{}";
        var load = Load(root);
        var end = load.Count == 0 ? double.MaxValue : new Running.Load(load, seed: 1).Seconds;
        var fault = Needed(root, "fault", end) ?? default;
        var timeline = Timeline(root, end);
        var drill = new Drill
        {
            Name = name,
            Title = Text(root, "title"),
            Source = Text(root, "source"),
            Story = Text(root, "story"),
            Lesson = Text(root, "lesson"),
            Shop = shop,
            Sessions = [.. root.List("sessions").Select((node, i) => root.Word(node, $"sessions/{i}", DrillSite.Replicas)).OfType<string>()],
            Load = load,
            Fault = fault,
            Judged = root.Has("judged") ? Needed(root, "judged", end) ?? fault : fault,
            Timeline = timeline,
            Goals = ReadGoals(root),
        };
        root.End();
        return drill;
    }

    private static string Text(Fields root, string key)
    {
        var text = root.Text(key);
        if (string.IsNullOrWhiteSpace(text) && (text is not null || !root.Has(key)))
        {
            root.Wrong(root.Take(key), key, "is missing; it is a sentence for the report");
        }

        return text ?? string.Empty;
    }

    private List<Scenario> Load(Fields root)
    {
        List<Scenario> load = [];
        var retries = (int)(root.Number("retries", 0, 10) ?? 0);
        if (root.Object("load") is not { } fields)
        {
            if (!root.Has("load"))
            {
                root.Wrong(null, "load", "is missing; it says how many of whom come");
            }

            return load;
        }

        foreach (var member in fields.Members)
        {
            string[] known = [.. _shoppers.Select(static s => s.Name)];
            if (_shoppers.FirstOrDefault(s => s.Name == member.Key) is not { } shopper)
            {
                fields.Take(member.Key);
                fields.Wrong(member.Value, member.Key, $"no shopper is called \"{member.Key}\"{Words.Instead(member.Key, known)}");
                continue;
            }

            var simulations = new SimulationReader(fields, _findings, member.Key).Read();
            if (simulations.Any(static s => s.Closed))
            {
                fields.Wrong(member.Value, member.Key, "is of the closed model, which sends less where answers come late and so hides the fault; say rates");
                continue;
            }

            load.Add(shopper with { Simulations = simulations, WarmUp = TimeSpan.Zero, Steps = [.. shopper.Steps.Select(s => s with { Retries = retries })] });
        }

        if (load.Count > 0 && !load.Exists(static s => s.Steps.Any(static step => step.Chain == Drill.Critical)))
        {
            fields.Wrong(null, string.Empty, $"nobody asks for the critical chain, {Drill.Critical}");
        }

        return load;
    }

    private static Span? Needed(Fields root, string key, double end)
    {
        if (root.Object(key) is not { } fields)
        {
            if (!root.Has(key))
            {
                root.Wrong(null, key, "is missing; it is { \"from\": seconds, \"to\": seconds }");
            }

            return null;
        }

        var (from, to) = (fields.Number("from", 0), fields.Number("to", 0));
        fields.End();
        if (from is null || to is null || to <= from || to > end)
        {
            fields.Wrong(null, string.Empty, $"must be {{ \"from\": seconds, \"to\": seconds }}, one after the other and not after the load's end{(end < double.MaxValue ? $" ({end:0.###} s)" : string.Empty)}");
            return null;
        }

        return new(from.Value, to.Value);
    }

    private List<DrillEvent> Timeline(Fields root, double end)
    {
        List<DrillEvent> events = [];
        var items = root.List("timeline");
        for (var i = 0; i < items.Count; i++)
        {
            if (Fields.Of(items[i], root.PathOf($"timeline/{i}"), _findings) is not { } fields)
            {
                continue;
            }

            var at = fields.Number("at", 0, end);
            var replica = fields.Word("replica", [.. DrillSite.Replicas, "all"]);
            var faults = Faults(fields, "faults");
            var redis = fields.Word("redis", "stop", "go");
            if (at is null && !fields.Has("at"))
            {
                fields.Wrong(null, "at", "is missing: seconds from the begin");
            }

            if ((replica is null) != (faults is null) && fields.Has("replica") != fields.Has("faults"))
            {
                fields.Wrong(null, string.Empty, "\"replica\" and \"faults\" go together; {} heals");
            }

            events.Add(new(at ?? 0, Text(fields, "say"), replica, faults, redis));
            fields.End();
        }

        if (events.Zip(events.Skip(1)).Any(static pair => pair.First.At > pair.Second.At))
        {
            root.Wrong(root.Take("timeline"), "timeline", "is not in the order of time");
        }

        return events;
    }

    // By the shop's own reader, so that a fault it does not know is found before anything is started.
    private static string? Faults(Fields fields, string key)
    {
        if (fields.Take(key) is not { } node)
        {
            return null;
        }

        var json = JsonText.Of(node);
        if (FaultReader.Read(Encoding.UTF8.GetBytes(json), BackendProfile.Replica("a", 0).Healthy).Error is { } error)
        {
            fields.Wrong(node, key, error);
        }

        return json;
    }

    private static Goals ReadGoals(Fields root)
    {
        if (root.Object("goals") is not { } fields)
        {
            if (!root.Has("goals"))
            {
                root.Wrong(null, "goals", "is missing; a drill without goals cannot fail");
            }

            return new(0, 0, 0, 0);
        }

        double Goal(string key, double most, string what)
        {
            var value = fields.Number(key, 0, most);
            if (!fields.Has(key))
            {
                fields.Wrong(null, key, $"is missing: {what}");
            }

            return value ?? 0;
        }

        var goals = new Goals(
            Goal("criticalGoodput", 1, "fraction of the critical chain's requests answered well, 0 to 1"),
            Goal("p99", 60_000, "milliseconds of the critical chain's good answers"),
            Goal("protect", 600, "seconds until the critical chain holds"),
            Goal("recover", 600, "seconds after the fault until all chains hold"));
        fields.End();
        return goals;
    }
}
