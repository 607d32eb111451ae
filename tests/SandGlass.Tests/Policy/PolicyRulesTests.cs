using System.Text.RegularExpressions;
using SandGlass.Policy;
using SandGlass.Tests.Layers.Break;
using SandGlass.Tests.Layers.Coalesce;
using SandGlass.Tests.Layers.Fallback;
using SandGlass.Tests.Layers.RateLimit;
using SandGlass.Tests.Layers.Switch;
using SandGlass.Tests.Layers.Trust;
using Xunit;

namespace SandGlass.Tests.Policy;

public sealed partial class PolicyRulesTests
{
    /// <summary>These are about the file as bytes; PolicyReaderTests has them.</summary>
    private static readonly string[] _ofBytes = ["SG1002", "SG1004", "SG1099"];

    [Fact]
    public void Every_rule_has_a_row()
    {
        TheoryData<string, string, string>[] tables =
        [
            ShapeCasesTests.Cases, MeaningCasesTests.Cases, EdgeValidatorTests.Cases, FallbackValidatorTests.Cases, SwitchValidatorTests.Cases,
            RateLimitValidatorTests.Cases, CapacityValidatorTests.Cases, CoalesceValidatorTests.Cases, BreakerValidatorTests.Cases,
        ];
        IEnumerable<string> rows = tables.SelectMany(table => table).Select(row => row.Data.Item1).Concat(_ofBytes);

        Assert.Empty(PolicyRules.All.Select(rule => rule.Id).Except(rows));
    }

    [Fact]
    public void Ids_are_unique_and_rising_and_each_has_a_story()
    {
        string[] ids = [.. PolicyRules.All.Select(rule => rule.Id)];

        Assert.Equal(ids.Distinct().Order(StringComparer.Ordinal), ids);
        Assert.All(PolicyRules.All, rule =>
        {
            Assert.Matches(Id(), rule.Id);
            Assert.True(rule.Title.Length is > 5 and < 60, rule.Title);
            Assert.EndsWith(".", rule.Story, StringComparison.Ordinal);
        });
    }

    [GeneratedRegex("^SG[12][0-9]{3}$")]
    private static partial Regex Id();
}
