using Microsoft.Extensions.Primitives;
using SandGlass.Request;
using Xunit;

namespace SandGlass.Tests.Request;

public sealed class QueryAndCookieTests
{
    [Theory]
    [InlineData("", null)]
    [InlineData("a=1", "1")]
    [InlineData("b=2&a=1", "1")]
    [InlineData("a=1&a=2", "1")]
    [InlineData("a", "")]
    [InlineData("a=", "")]
    [InlineData("a==1", "=1")]
    [InlineData("&&a=1", "1")]
    [InlineData("aa=1&A=2", null)]
    [InlineData("b=a=1", null)]
    [InlineData("%61=1", null)]
    [InlineData("b=1;a=2", null)]
    public void Finds_the_first_parameter_as_it_is_written(string query, string? expected) =>
        Assert.Equal(expected, QueryString.TryFind(query, "a", out var value) ? value.ToString() : null);

    [Theory]
    [InlineData(null, new string[0])]
    [InlineData(null, new[] { "" })]
    [InlineData("1", new[] { "a=1" })]
    [InlineData("1", new[] { "b=2; a=1" })]
    [InlineData("1", new[] { "b=2;a=1;a=3" })]
    [InlineData("1", new[] { "b=2", "c=3; a=1" })]
    [InlineData("", new[] { "a=" })]
    [InlineData("x=y", new[] { "a=x=y" })]
    [InlineData("\"q\"", new[] { "a=\"q\"" })]
    [InlineData(null, new[] { "a; =1; A=2; ba=3" })]
    public void Finds_the_first_cookie(string? expected, string[] lines) =>
        Assert.Equal(expected, Cookies.TryFind(new StringValues(lines), "a", out var value) ? value.ToString() : null);
}
