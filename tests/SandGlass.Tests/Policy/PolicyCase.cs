using System.Text;
using SandGlass.Policy;
using Xunit;

namespace SandGlass.Tests.Policy;

/// <summary>
/// One mistake and what must be said about it. The sign § stands where the problem is placed, and is taken out before reading,
/// so that no row counts columns by hand.
/// </summary>
public static class PolicyCase
{
    /// <summary>More keys of the one route of a policy that is otherwise sound.</summary>
    public static string Route(string keys) => Root("", keys, """{ "path": "/r/{id}" }""");

    /// <summary>The whole match of that route.</summary>
    public static string Match(string match) => Root("", "", match);

    /// <summary>More sections of a policy that is otherwise sound.</summary>
    public static string Root(string sections, string route = "", string match = """{ "path": "/r/{id}" }""") => $$"""
        {
          "backends": { "marketing": { "destinations": { "a": "http://127.0.0.1:7001" } } },
          "routes": { "r": { "chain": "marketing", "match": {{match}}{{(route.Length > 0 ? ", " + route : "")}} } }{{(sections.Length > 0 ? ",\n  " + sections : "")}}
        }
        """;

    /// <summary>Read on the day on which the lists of this repository were written, for they grow old.</summary>
    public static PolicyReading Read(string text, string? folder = null, TimeProvider? time = null) =>
        PolicyReader.Read(Encoding.UTF8.GetBytes(text), "policy.json", folder ?? Repository.Config, time ?? Repository.Day);

    /// <summary>Exactly this problem is found, once, at the sign; an error stands alone, so that one mistake is one line.</summary>
    public static void Holds(string rule, string pointer, string marked)
    {
        string[] parts = marked.Split('§');
        Assert.Equal(2, parts.Length);
        int line = parts[0].Count(c => c == '\n') + 1;
        int column = parts[0].EnumerateRunes().Count() - parts[0][..(parts[0].LastIndexOf('\n') + 1)].EnumerateRunes().Count() + 1;

        PolicyReading reading = Read(string.Concat(parts));

        PolicyProblem problem = Assert.Single(reading.Problems, one => one.Rule == rule);
        Assert.Equal((pointer, line, column), (problem.Pointer, problem.Line, problem.Column));
        Assert.DoesNotContain('\n', problem.ToString());
        if (problem.Severity == Severity.Error)
        {
            Assert.Equal([problem], reading.Problems.Where(one => one.Severity == Severity.Error));
        }

        Assert.Equal(problem.Severity == Severity.Warning, reading.Valid);
    }
}
