using System.Text;
using SandGlass.Policy;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Policy.Torture;

/// <summary>What must hold of any bytes at all: at the reader, and at a gateway that is asked to take them.</summary>
internal static class Judged
{
    /// <summary>Bounds of ours, which the grammar does not have: too large, too deep, too long a key.</summary>
    private static readonly string[] _ours = ["SG1004", "SG1005", "SG1019"];

    /// <summary>All that stops the reading.</summary>
    public static IReadOnlyList<string> Stops { get; } = ["SG1001", "SG1002", "SG1003", "SG1004", "SG1005"];

    /// <summary>Applies the bytes: a whole new snapshot, or the old one with nothing changed and placed errors. Returns what the reader says.</summary>
    public static PolicyReading Apply(Glass glass, byte[] bytes, Json expected)
    {
        PolicyReading reading = Read(bytes, expected);
        Snapshot before = glass.Store.Current;
        ReadOnlyMemory<byte> source = glass.Store.Source;
        (long applied, long rejected) = glass.Store.Reloads;
        object[] states = States(glass);

        ReloadReport report = glass.Store.Apply(bytes);

        Assert.Equal(reading.Valid, report.Accepted);
        if (reading.Valid)
        {
            Assert.Equal(reading.Revision, glass.Store.Current.Revision);
            Assert.Equal(reading.Policy!.Routes.Count, glass.Store.Current.Routes.Count);
            Assert.True(glass.Store.Source.Span.SequenceEqual(bytes));
        }
        else
        {
            Assert.Same(before, glass.Store.Current);
            Assert.True(source.Span.SequenceEqual(glass.Store.Source.Span));
            Assert.Equal((applied, rejected + 1), glass.Store.Reloads);
            Assert.True(states.SequenceEqual(States(glass)), "what has happened was changed");
        }

        return reading;
    }

    /// <summary>Reads the bytes: a policy, or errors that have their place in the file; and JSON is what the grammar says it is.</summary>
    public static PolicyReading Read(byte[] bytes, Json expected)
    {
        PolicyReading reading = PolicyReader.Read(bytes, "policy.json", Repository.Config);
        Assert.Equal(reading.Valid, reading.Problems.All(one => one.Severity == Severity.Warning));
        Assert.Equal(reading.Valid, reading.Policy is not null);
        string[] stopped = [.. reading.Problems.Select(one => one.Rule).Where(rule => Stops.Contains(rule) || rule == "SG1019")];
        if (expected == Json.Invalid)
        {
            // A thousand errors before it fill the report.
            Assert.True(stopped.Length > 0 || reading.Problems.Any(one => one.Rule == "SG1099"), "it is not JSON, and nothing says so");
        }
        else if (expected == Json.Valid)
        {
            Assert.All(stopped, rule => Assert.Contains(rule, _ours));
        }

        Placed(reading.Problems, bytes);
        return reading;
    }

    private static void Placed(IReadOnlyList<PolicyProblem> problems, byte[] bytes)
    {
        if (problems.Count == 0)
        {
            return;
        }

        string text = Encoding.UTF8.GetString(bytes);
        string[] lines = text.TrimStart('\uFEFF').Split('\n');
        foreach (PolicyProblem problem in problems)
        {
            Assert.InRange(problem.Line, 1, lines.Length);
            string line = lines[problem.Line - 1];
            Assert.InRange(problem.Column, 1, line.Length + 1);
            Assert.NotEmpty(problem.Message);
        }

        var report = new PolicyReport("policy.json", bytes);
        foreach (var (problem, rendered) in problems.Zip(report.Render(problems)))
        {
            string[] shown = rendered.Split('\n');
            Assert.DoesNotContain(shown, line => line.Any(char.IsControl));
            Assert.True(lines[problem.Line - 1].TrimEnd('\r').Length == 0 ? shown.Length == 1 : shown.Length == 3, problem.ToString());
            Assert.True(shown.Length == 1 || (shown[2].TrimStart(' ') == "^" && shown[2].Length <= shown[1].Length + 1), problem.ToString());
        }
    }

    // What has happened, by reference: a reload that was turned away has made, replaced and dropped nothing.
    private static object[] States(Glass glass) =>
    [
        .. glass.State.RateLimits.Values, .. glass.State.Breakers.Values, .. glass.State.Gates.Values, .. glass.State.Destinations, .. glass.State.Ledger.Tallies,
        glass.State.Cache!,
    ];
}
