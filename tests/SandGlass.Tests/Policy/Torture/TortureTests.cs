using System.Text;
using SandGlass.Policy;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Policy.Torture;

/// <summary>Each case as a whole file and in every place of a valid policy: a policy or placed errors, and nothing in between.</summary>
public sealed class TortureTests : IDisposable
{
    private readonly Glass _glass = new(Policies.With(), Repository.Config);

    public void Dispose() => _glass.Dispose();

    [Fact]
    public void There_are_many_cases_and_each_has_its_name()
    {
        Assert.True(TortureTable.All.Count >= 320, $"{TortureTable.All.Count} cases");
        Assert.Equal(TortureTable.All.Count, TortureTable.All.Select(one => one.Name).Distinct().Count());
        Assert.All(TortureTable.All, one => Assert.Matches("^[yni]_[a-z]+_", one.Name));
    }

    [Fact]
    public void The_second_opinion_agrees_with_the_table()
    {
        Assert.All(TortureTable.All.Where(one => one.Expected != Json.Either), one => Assert.Equal(one.Expected, StrictJson.Judge(one.Bytes)));
    }

    [Fact]
    public void Whole_files_are_told_as_the_table_says()
    {
        Assert.All(TortureTable.All, one =>
        {
            PolicyReading reading = Judged.Apply(_glass, one.Bytes, one.Expected);
            Assert.False(reading.Valid);
        });
    }

    [Fact]
    public void Inside_of_a_policy_they_are_told_as_the_grammar_says()
    {
        int valid = 0;
        Parallel.ForEach(TorturedPolicy.Places, place =>
        {
            using var glass = new Glass(Policies.With(), Repository.Config);
            // All before the case is sound, so nothing may be said of it that is not about what it holds.
            int line = place.Before.Count(b => b == '\n') + 1;
            Assert.All(TortureTable.All, one =>
            {
                byte[] spliced = [.. place.Before, .. one.Bytes, .. place.After];
                PolicyReading reading = Judged.Apply(glass, spliced, StrictJson.Judge(spliced));
                Interlocked.Add(ref valid, reading.Valid ? 1 : 0);
                Assert.All(
                    reading.Problems.Where(problem => Judged.Stops.Contains(problem.Rule) && problem.Rule != "SG1004"),
                    problem => Assert.True(problem.Line >= line, $"{place.Place}: {problem}"));
            });
        });
        Assert.True(valid > 500, $"only {valid} were valid");
    }

    [Fact]
    public void A_place_counts_lines_as_editors_do_whatever_the_line_ends()
    {
        PolicyProblem mixed = Assert.Single(PolicyCase.Read("{\r\n  \"a\": 1,\r\n  \"b\" 2\r\n}").Problems);
        PolicyProblem old = Assert.Single(PolicyCase.Read("{ // one\r // two\r // three\r \"a\" 2,\n \"b\": 3,\n \"c\": 4,\n \"d\": 5 }").Problems);

        Assert.Equal((3, 7), (mixed.Line, mixed.Column));
        Assert.Equal((1, 33), (old.Line, old.Column));
    }

    [Theory]
    [InlineData("{ \"a\": [ 1,", 1, 12)]
    [InlineData("{ \"a\": [ 1,\n\n", 1, 12)]
    [InlineData("{ \"a\": [ 1, \r\n  2\r\n\r\n", 2, 4)]
    [InlineData("{ \"a\": \"b\n\n\n", 1, 10)]
    public void What_is_cut_off_is_placed_where_it_ends_and_not_in_empty_lines_after_it(string text, int line, int column)
    {
        PolicyProblem problem = Assert.Single(PolicyCase.Read(text).Problems);

        Assert.Equal(("SG1003", line, column), (problem.Rule, problem.Line, problem.Column));
        Assert.EndsWith("^", Assert.Single(new PolicyReport("policy.json", Encoding.UTF8.GetBytes(text)).Render([problem])), StringComparison.Ordinal);
    }
}
