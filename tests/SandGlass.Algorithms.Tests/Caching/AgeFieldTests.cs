using SandGlass.Algorithms.Caching;
using Xunit;

namespace SandGlass.Algorithms.Tests.Caching;

public sealed class AgeFieldTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("7200", 7200)]
    [InlineData(" 7200\t", 7200)]
    [InlineData("007200", 7200)]
    [InlineData("7200, 0", 7200)]
    [InlineData("0,7200", 0)]
    [InlineData("7200;foo=bar", 7200)]
    [InlineData("7200 ; foo", 7200)]
    [InlineData("2147483649", 2147483648)]
    [InlineData("99999999999999999999999999", 2147483648)]
    [InlineData("", 0)]
    [InlineData(",7200", 0)]
    [InlineData("-7200", 0)]
    [InlineData("+7200", 0)]
    [InlineData("7200.0", 0)]
    [InlineData("7 200", 0)]
    [InlineData("old", 0)]
    [InlineData("\u0667", 0)]
    public void Reads_the_first_number_and_takes_what_is_none_for_nothing(string line, long seconds) => Assert.Equal(seconds, AgeField.Read(line));
}
