using System.CommandLine;
using SandGlass.LoadTests.Config;
using SandGlass.LoadTests.Planning;
using SandGlass.LoadTests.Running;

namespace SandGlass.LoadTests.Commands;

/// <summary>What run and replay have in common.</summary>
internal sealed class LoadOptions
{
    private readonly Option<string?> _target;

    public LoadOptions(bool required) => _target = new("--target")
    {
        Description = required ? "Where to: http://, https:// or h2c:// (HTTP/2 without TLS)" : "Instead of every scenario's own target",
        HelpName = "URL",
        Required = required,
    };

    private readonly Option<string[]> _allow = new("--target-allow")
    {
        Description = "A host other than this machine that may be loaded; ask its owner first",
        HelpName = "HOST",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<int> _seed = SeedOption();

    private readonly Option<int> _most = new("--max-in-flight") { Description = "Requests under way at once; who comes then is dropped and counted", DefaultValueFactory = static _ => 20_000, HelpName = "N" };

    private readonly Option<bool> _wait = new("--wait-when-full") { Description = "Who comes then waits for a place instead, as for a connection; counted" };

    private readonly Option<bool> _dry = new("--dry-run") { Description = "Only say how much would be sent" };

    private readonly Option<string?> _out = OutOption("Folder for the reports");

    private readonly Option<bool> _plain = new("--plain") { Description = "A line a second, also in a terminal" };

    private readonly Option<string?> _audit = AuditOption();

    /// <summary>Of every command that rolls dice.</summary>
    public static Option<int> SeedOption() => new("--seed") { Description = "Of all chance; the same seed sends the same", DefaultValueFactory = static _ => 1, HelpName = "N" };

    /// <summary>Of every command that writes.</summary>
    public static Option<string?> OutOption(string what) => new("--out") { Description = what, HelpName = "DIR" };

    /// <summary>Of every command that draws a run.</summary>
    public static Option<string?> AuditOption() => new("--audit") { Description = "The gateway's state/audit.jsonl: what was switched meanwhile goes into the picture", HelpName = "FILE" };

    public Command On(Command command)
    {
        foreach (var option in new Option[] { _target, _allow, _seed, _most, _wait, _dry, _out, _audit, _plain })
        {
            command.Add(option);
        }

        return command;
    }

    public bool DryRun(ParseResult parsed) => parsed.GetValue(_dry);

    public int Seed(ParseResult parsed) => parsed.GetValue(_seed);

    public string? Out(ParseResult parsed) => parsed.GetValue(_out);

    public string? Audit(ParseResult parsed) => parsed.GetValue(_audit);

    public RunLimits Limits(ParseResult parsed) => parsed.GetValue(_most) is > 0 and var most
        ? new(most, parsed.GetValue(_wait), parsed.GetValue(_plain))
        : throw new UsageException("--max-in-flight must be above 0");

    public Uri? Target(ParseResult parsed) => parsed.GetValue(_target) is not { } text ? null
        : TargetUrl.TryParse(text, out var url, out var why) ? url
        : throw new UsageException($"--target {why}");

    public bool Http2(ParseResult parsed) => parsed.GetValue(_target)?.StartsWith("h2c:", StringComparison.Ordinal) == true;

    /// <summary>Refuses what is not this machine and was not allowed.</summary>
    public void Guard(ParseResult parsed, IEnumerable<Scenario> scenarios)
    {
        var refusal = scenarios.Select(s => TargetUrl.Refusal(s.Target, parsed.GetValue(_allow) ?? [])).FirstOrDefault(static r => r is not null);
        if (refusal is not null)
        {
            throw new UsageException(refusal);
        }
    }
}
