using System.Globalization;
using System.Text;
using SandGlass.Policy;
using Xunit;

namespace SandGlass.Tests.Policy;

public sealed class PolicyReportTests
{
    [Fact]
    public void A_problem_is_rendered_with_its_line_and_a_caret()
    {
        string[] lines = Only(PolicyCase.Route("\"tiemout\": \"3s\""));

        Assert.Equal("policy.json:3:76: error SG1012 /routes/r/tiemout: unknown key \"tiemout\"; did you mean \"timeout\"?", lines[0]);
        Assert.Equal(lines[1].IndexOf("\"tiemout\"", StringComparison.Ordinal), lines[2].IndexOf('^', StringComparison.Ordinal));
    }

    [Fact]
    public void A_long_line_is_cut_around_the_caret_and_nothing_in_it_rules_the_terminal()
    {
        string[] lines = Only(PolicyCase.Root($"\"name\": \"{string.Concat(Enumerable.Repeat("😀", 500))}\", \"x\u202Ey\": 1, \"switches\": {{{new string(' ', 500)}}}"));

        Assert.True(lines[1].Length < 200);
        Assert.DoesNotContain('\u202E', lines[1]);
        Assert.Equal(lines[1].IndexOf("\"x", StringComparison.Ordinal), lines[2].IndexOf('^', StringComparison.Ordinal));
    }

    [Fact]
    public void A_long_line_is_shown_to_its_end_where_the_caret_is_near_it()
    {
        string[] lines = Only($"{{ \"name\": \"{new string('x', 1_000)}\", \"y\":");

        Assert.EndsWith("x\", \"y\":", lines[1], StringComparison.Ordinal);
        Assert.Equal(4 + 160, lines[1].Length);
        Assert.Equal(lines[1].Length, lines[2].IndexOf('^', StringComparison.Ordinal));
    }

    [Fact]
    public void Line_breaks_of_windows_and_a_byte_order_mark_are_no_text()
    {
        byte[] bytes = [0xEF, 0xBB, 0xBF, .. "{\r\n\t\"x\": 1\r\n}"u8];
        PolicyReading reading = PolicyReader.Read(bytes, "policy.json", Repository.Config);

        string text = new PolicyReport("policy.json", bytes).Render(reading.Problems.Where(one => one.Rule == "SG1012")).Single();

        Assert.EndsWith("\n     \"x\": 1\n     ^", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Problems_out_of_order_have_their_own_place_as_well()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(PolicyCase.Root("\"ä\": 1, \"b\": 2,\n\"c\": 3", "\"d\": 4"));
        IReadOnlyList<PolicyProblem> problems = PolicyReader.Read(bytes, "policy.json", Repository.Config).Problems;

        Assert.Equal(
            new PolicyReport("policy.json", bytes).Render(problems).Reverse(),
            new PolicyReport("policy.json", bytes).Render(problems.Reverse()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    public void A_thousand_problems_are_one_walk_over_4_MB(string between)
    {
        var text = new StringBuilder("{ \"name\": \"").Append('x', 2 << 20).Append('"');
        for (int i = 0; i < 1_000; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $",{between} \"key{i}\": \"ä{new string('y', 1_900)}\"");
        }

        byte[] bytes = Encoding.UTF8.GetBytes(text.Append('}').ToString());
        Assert.InRange(bytes.Length, 3_900_000, 4 << 20);
        var report = new PolicyReport("policy.json", bytes);

        IReadOnlyList<string> rendered = report.Render(PolicyReader.Read(bytes, "policy.json", Repository.Config).Problems);

        Assert.True(rendered.Count > 1_000);
        Assert.InRange(report.Walked, 1, bytes.Length);
        Assert.All(rendered, one => Assert.True(one.Length < 1_000));
    }

    private static string[] Only(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return new PolicyReport("policy.json", bytes).Render(PolicyCase.Read(text).Problems).Single().Split('\n');
    }
}
