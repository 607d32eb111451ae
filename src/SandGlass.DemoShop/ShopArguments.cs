using System.Globalization;

namespace SandGlass.DemoShop;

/// <summary>The command line of <c>sandglass-shop</c>: options to run with, or a message and an exit code.</summary>
internal sealed record ShopArguments(ShopOptions? Options, string Message, int Exit)
{
    private static string Help { get; } = $"""
        sandglass-shop: a small web shop of four backends that can be made to misbehave.

        usage: sandglass-shop [--ports NAME=PORT,... | --replicas NAME,...] [--seed N]

          --ports  {string.Join(", ", BackendProfile.All.Select(p => $"{p.Name}={p.Port}"))}
                   any of them; 0 takes any free port
          --replicas  instead of the six: copies of the whole shop, by these names, each on a free port
          --seed   whole number; the same seed makes the same shop (default {new ShopOptions().Seed})
          --help   this page

        faults of one backend, as JSON to PUT /_shop/faults (fields left out are healthy; DELETE resets):
        {string.Join('\n', FaultTable.Rows.Select(row => $"  {row.Name,-20} {row.Help} ({row.Takes})"))}
        """;

    public static ShopArguments Parse(IReadOnlyList<string> args)
    {
        var options = new ShopOptions();
        for (var i = 0; i < args.Count; i++)
        {
            if (args[i] is "--help" or "-h")
            {
                return new(null, Help, 0);
            }

            var (name, inline) = args[i].Split('=', 2) is [var left, var right] ? (left, right) : (args[i], null);
            if (name is not ("--ports" or "--replicas" or "--seed"))
            {
                return Wrong($"unknown option {name}");
            }

            var value = inline ?? args.ElementAtOrDefault(++i);
            var (next, error) = value is null ? (null, $"{name} needs a value")
                : name == "--seed" ? Seed(options, value)
                : name == "--replicas" ? Replicas(options, value)
                : Ports(options, value);
            if (next is null)
            {
                return Wrong(error!);
            }

            options = next;
        }

        return new(options, "", 0);
    }

    private static (ShopOptions?, string?) Seed(ShopOptions options, string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seed)
            ? (options with { Seed = seed }, null)
            : (null, $"--seed {text} is not a whole number");

    private static (ShopOptions?, string?) Replicas(ShopOptions options, string text)
    {
        var names = text.Split(',', StringSplitOptions.TrimEntries);
        return names.Distinct().Count() == names.Length && names.All(static name => name.Length > 0 && name.All(static c => char.IsAsciiLetterOrDigit(c) || c == '-'))
            ? (options with { Replicas = names }, null)
            : (null, $"--replicas takes different names such as a,b, not {text}");
    }

    private static (ShopOptions?, string?) Ports(ShopOptions options, string text)
    {
        var ports = new Dictionary<string, int>(options.Ports);
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (part.Split('=') is not [var name, var number] || !ushort.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            {
                return (null, $"--ports takes NAME=PORT with a port from 0 to 65535, not {part}");
            }

            if (!ports.ContainsKey(name))
            {
                return (null, $"--ports knows no backend {name}; there are {string.Join(", ", ShopOptions.DefaultPorts.Keys)}");
            }

            ports[name] = port;
        }

        return (options with { Ports = ports }, null);
    }

    private static ShopArguments Wrong(string message) => new(null, $"sandglass-shop: {message}; see --help", 2);
}
