using System.Text;
using SandGlass.Policy;
using Xunit;

namespace SandGlass.Tests.Policy;

public sealed class PolicyDiffTests
{
    [Theory]
    [InlineData("""{"routes":{"order":{"timeout":"3s"}}}""", """{"routes":{"order":{"timeout":"2s"}}}""", "route order: timeout 3s → 2s")]
    [InlineData("""{"rateLimits":{"per-user":{"rate":"10/s"}}}""", """{"rateLimits":{"per-user":{"rate":"5/s"}}}""", "rate limit per-user: rate 10/s → 5/s")]
    [InlineData("""{"switches":{}}""", """{"switches":{"a":{"do":{"admit":0.5}}}}""", "switch a: added")]
    [InlineData("""{"switches":{"a":{}}}""", """{"switches":{}}""", "switch a: removed")]
    [InlineData("""{"routes":{"r":{}}}""", """{"routes":{"r":{"timeout":"1s"}}}""", "route r: timeout added (1s)")]
    [InlineData("""{"routes":{"r":{"coalesce":{"ttl":"1s"}}}}""", """{"routes":{"r":{"coalesce":{"ttl":"2s"}}}}""", "route r: coalesce.ttl 1s → 2s")]
    [InlineData("""{"name":"a"}""", """{"name":"b"}""", "name: a → b")]
    [InlineData("""{"edge":{"trustedProxies":["10.0.0.0/8"]}}""", """{"edge":{"trustedProxies":[]}}""", "edge: trustedProxies [10.0.0.0/8] → []")]
    public void Tells_a_change_in_the_words_of_the_policy(string older, string newer, string line) => Assert.Equal([line], Between(older, newer));

    [Theory]
    [InlineData("""{"a":1,"b":2}""", """{ "b": 2, /* why */ "a": 1, }""")]
    [InlineData("""{"routes":{"x":{"timeout":"1s"},"y":{}}}""", """{"routes":{"y":{},"x":{"timeout":"1s"}}}""")]
    public void Order_comments_and_layout_are_no_change(string older, string newer) => Assert.Empty(Between(older, newer)!);

    [Fact]
    public void What_is_not_json_has_no_difference() => Assert.Null(Between("{", "{}"));

    [Fact]
    public void A_long_value_is_cut()
    {
        var line = Assert.Single(Between("""{"name":"a"}""", $$"""{"name":"{{new string('x', 500)}}"}""")!);
        Assert.InRange(line.Length, 80, 120);
    }

    [Fact]
    public void Long_values_that_differ_far_behind_are_cut_where_they_differ()
    {
        var alike = new string('x', 500);

        var line = Assert.Single(Between($$"""{"name":"{{alike}}-one"}""", $$"""{"name":"{{alike}}-two"}""")!);

        Assert.EndsWith("x-one → …xxxxxxxxxxxxxxxxxxx-two", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_a_long_list_only_what_left_and_what_came_is_told()
    {
        var many = string.Join(",", Enumerable.Range(0, 40).Select(static i => $"\"10.{i}.0.0/16\""));
        string List(string last) => $$$"""{"edge":{"trustedProxies":[{{{many}}},"{{{last}}}"]}}""";

        Assert.Equal(["edge: trustedProxies − 192.0.2.0/24, + 198.51.100.0/24"], Between(List("192.0.2.0/24"), List("198.51.100.0/24")));
    }

    [Fact]
    public void Each_change_has_its_section_and_its_values_whole()
    {
        var changes = PolicyDiff.Changes(
            """{"switches":{"a":{"do":{"admit":0.5}}},"chains":{"x":{"share":1}}}"""u8.ToArray(),
            """{"chains":{"x":{"share":0.5}},"routes":{"r":{}}}"""u8.ToArray())!;

        Assert.Equal(
            [("chains", "chain x", "changed", "1", "0.5"), ("routes", "route r", "added", null, "{  }"), ("switches", "switch a", "removed", "{ do: { admit: 0.5 } }", null)],
            changes.Select(static c => (c.Section, c.Subject, c.Kind, c.Before, c.After)));
    }

    private static IReadOnlyList<string>? Between(string older, string newer) =>
        PolicyDiff.Between(Encoding.UTF8.GetBytes(older), Encoding.UTF8.GetBytes(newer));
}
