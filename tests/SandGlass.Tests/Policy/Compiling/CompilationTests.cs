using SandGlass.Policy;
using SandGlass.Policy.Compiling;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Policy.Compiling;

public sealed class CompilationTests
{
    [Theory]
    [InlineData("enforce", SandGlass.Policy.Mode.Enforce, SandGlass.Policy.Mode.Enforce)]
    [InlineData("enforce", SandGlass.Policy.Mode.Shadow, SandGlass.Policy.Mode.Shadow)]
    [InlineData("shadow", SandGlass.Policy.Mode.Enforce, SandGlass.Policy.Mode.Shadow)]
    [InlineData("off", SandGlass.Policy.Mode.Shadow, SandGlass.Policy.Mode.Off)]
    public void Lets_a_rule_go_no_further_than_its_layer(string layer, SandGlass.Policy.Mode rule, SandGlass.Policy.Mode expected)
    {
        using var glass = new Glass(Policies.With(sections: $"\"layers\": {{ \"shed\": {{ \"mode\": \"{layer}\" }} }}"));

        Assert.Equal(expected, Of(glass).ModeOf(rule, LayerName.Shed));
    }

    [Theory]
    [InlineData(100, 0.4)]
    [InlineData(25, 0.25)]
    public void Takes_the_lesser_percentage_of_rule_and_layer(double percent, double share)
    {
        using var glass = new Glass(Policies.With(sections: "\"layers\": { \"shed\": { \"enforcePercent\": 40 } }"));

        Assert.Equal(share, Of(glass).Share(percent, LayerName.Shed), 12);
        Assert.Equal(percent / 100, Of(glass).Share(percent, LayerName.Break), 12);
    }

    [Fact]
    public void Counts_in_ticks_of_the_clock_it_is_given()
    {
        using var glass = new Glass(Policies.With());

        Assert.Equal(3 * glass.Clock.TimestampFrequency, Of(glass).Ticks(Duration.FromSeconds(3)));
    }

    private static Compilation Of(Glass glass) => new(glass.Store.Current.Policy, glass.Pipeline, glass.State);
}
