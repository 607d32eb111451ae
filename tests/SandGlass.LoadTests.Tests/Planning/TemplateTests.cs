using SandGlass.LoadTests.Planning;

namespace SandGlass.LoadTests.Tests.Planning;

public sealed class TemplateTests
{
    [Theory]
    [InlineData(Slot.Path, "/p/{sku}?q={q}", "/p/a%2Fb?q=%22x%22")]
    [InlineData(Slot.Json, "{\"sku\":\"{sku}\",\"q\":\"{q}\"}", "{\"sku\":\"a/b\",\"q\":\"\\\"x\\\"\"}")]
    [InlineData(Slot.Plain, "{sku} {q}", "a/b \"x\"")]
    public void Values_are_written_as_their_place_wants_them(object slot, string text, string expected)
    {
        Assert.Equal(expected, Template.Parse(text, ["sku", "q"], (Slot)slot).Render(["a/b", "\"x\""]));
    }

    [Fact]
    public void A_header_stays_on_one_line()
    {
        Assert.Equal("a  b", Template.Parse("{x}", ["x"], Slot.Plain).Render(["a\r\n\nb"]));
    }

    [Fact]
    public void Unknown_names_are_told_and_other_braces_are_braces()
    {
        List<string> unknown = [];

        Assert.Equal("{} { x } {no}", Template.Parse("{} { x } {no}", [], Slot.Plain, unknown.Add).Render([]));
        Assert.Equal(["no"], unknown);
    }

    [Fact]
    public void Feeds_give_what_they_promise()
    {
        var dice = new Dice(1);

        Assert.Equal(["a", "b", "a"], Enumerable.Range(0, 3).Select(i => new ListFeed("x", ["a", "b"], false).Value(ref dice, i)));
        Assert.Equal(["p3", "p4", "p5"], Enumerable.Range(0, 100).Select(i => new RangeFeed("x", "p", 3, 5).Value(ref dice, i)).Distinct().Order());
        Assert.Equal("17", new CountFeed("x").Value(ref dice, 17));
        Assert.Matches(@"^198\.1[89]\.\d+\.\d+$", new ClientFeed("x").Value(ref dice, 0));
        Assert.Equal("198.19.255.255", ClientFeed.Address(ClientFeed.Count - 1));
    }
}
