using SandGlass.LoadTests.Planning;

namespace SandGlass.LoadTests.Config;

/// <summary>Reads <c>LoadSimulationsSettings</c>: a list of objects with one key each, whose value is the list of its arguments.</summary>
internal sealed class SimulationReader(Fields scenario, List<Finding> findings, string key = SimulationReader.Key)
{
    private const string Key = "LoadSimulationsSettings";
    private static readonly Dictionary<string, string> Forms = new(StringComparer.Ordinal)
    {
        ["Inject"] = "[rate, \"interval\", \"during\"]",
        ["RampingInject"] = "[rate, \"interval\", \"during\"]",
        ["InjectRandom"] = "[minRate, maxRate, \"interval\", \"during\"]",
        ["IterationsForInject"] = "[rate, \"interval\", iterations]",
        ["KeepConstant"] = "[copies, \"during\"]",
        ["RampingConstant"] = "[copies, \"during\"]",
        ["IterationsForConstant"] = "[copies, iterations]",
        ["Pause"] = "[\"during\"]",
    };

    public IReadOnlyList<Simulation> Read()
    {
        var items = scenario.List(key);
        List<Simulation> simulations = [];
        for (var i = 0; i < items.Count; i++)
        {
            if (Read(items[i], $"{key}/{i}") is { } simulation)
            {
                simulations.Add(simulation);
            }
        }

        var node = scenario.Take(key);
        if (items.Count == 0 && node is null or ArrayNode)
        {
            scenario.Wrong(node, key, "needs a simulation at least, such as { \"Inject\": [50, \"00:00:01\", \"00:00:30\"] }");
        }

        if (simulations.Exists(static s => s.Open) && simulations.Exists(static s => s.Closed))
        {
            scenario.Wrong(node, key, "mixes rates (open model) with copies (closed model); give each a scenario of its own");
        }

        if (simulations.Count > 1 && simulations.Find(static s => s.Alone) is { } alone)
        {
            scenario.Wrong(node, key, $"{alone.GetType().Name} stands alone; NBomber mixes it with nothing either");
        }

        if (simulations.Count > 0 && simulations.TrueForAll(static s => s is Pause))
        {
            scenario.Wrong(node, key, "is nothing but pauses");
        }

        return simulations;
    }

    private Simulation? Read(Node item, string path)
    {
        if (Fields.Of(item, scenario.PathOf(path), findings) is not { } fields)
        {
            return null;
        }

        Member[] members = [.. fields.Members];
        if (members is not [{ } member])
        {
            fields.Wrong(null, string.Empty, $"must have one key: {string.Join(", ", Forms.Keys)}");
            return null;
        }

        if (!Forms.TryGetValue(member.Key, out var form))
        {
            findings.Add(new(member.Place, fields.PathOf(member.Key), $"\"{member.Key}\" is no simulation{Words.Instead(member.Key, Forms.Keys)}"));
            return null;
        }

        // NBomber's Pause has one argument and is seen both ways.
        IReadOnlyList<Node> arguments = member.Value switch { ArrayNode list => list.Items, TextNode when member.Key == "Pause" => [member.Value], _ => [] };
        if (arguments.Count != form.Count(static c => c == ',') + 1)
        {
            fields.Wrong(member.Value, member.Key, $"must be {form}");
            return null;
        }

        return Make(fields, member.Key, arguments);
    }

    private static Simulation? Make(Fields fields, string kind, IReadOnlyList<Node> arguments)
    {
        double? Rate(int i) => fields.Number(arguments[i], $"{kind}/{i}", 0);
        TimeSpan? Time(int i) => fields.Time(arguments[i], $"{kind}/{i}");
        long? Whole(int i) => fields.Whole(arguments[i], $"{kind}/{i}", 1);
        switch (kind)
        {
            case "Inject" or "RampingInject":
                var (rate, interval, during) = (Rate(0), Time(1), Time(2));
                if (interval > during)
                {
                    fields.Wrong(arguments[1], $"{kind}/1", "the interval is longer than all of it; it is the second argument, the duration the third");
                    return null;
                }

                return (rate, interval, during) is not ({ } r, { } every, { } all) ? null
                    : kind == "Inject" ? new Inject(r, every, all) : new RampingInject(r, every, all);
            case "InjectRandom":
                var (least, most, each, whole) = (Rate(0), Rate(1), Time(2), Time(3));
                if (least > most)
                {
                    fields.Wrong(arguments[1], $"{kind}/1", "the highest rate is below the lowest");
                    return null;
                }

                return (least, most, each, whole) is ({ } l, { } m, { } e, { } w) ? new InjectRandom(l, m, e, w) : null;
            case "IterationsForInject":
                var (speed, pace, some) = (Rate(0), Time(1), Whole(2));
                if (speed == 0)
                {
                    fields.Wrong(arguments[0], $"{kind}/0", "at a rate of 0 they never begin");
                    return null;
                }

                return (speed, pace, some) is ({ } s, { } p, { } n) ? new IterationsForInject(s, p, n) : null;
            case "KeepConstant" or "RampingConstant":
                return (Rate(0), Time(1)) is not ({ } copies, { } span) ? null
                    : kind == "KeepConstant" ? new KeepConstant(copies, span) : new RampingConstant(copies, span);
            case "IterationsForConstant":
                return (fields.Number(arguments[0], $"{kind}/0", 1), Whole(1)) is ({ } users, { } times) ? new IterationsForConstant(users, times) : null;
            default:
                return Time(0) is { } pause ? new Pause(pause) : null;
        }
    }
}
