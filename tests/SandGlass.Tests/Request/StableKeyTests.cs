using SandGlass.Layers.Coalesce;
using SandGlass.Request;
using SandGlass.Testing;
using Xunit;
using TestContext = SandGlass.Testing.TestContext;

namespace SandGlass.Tests.Request;

public sealed class StableKeyTests
{
    [Theory]
    [InlineData("SHOP.Example", true)]
    [InlineData("shop.example:80", true)]
    [InlineData("shop.example:81", false)]
    [InlineData("other.example", false)]
    public void Is_one_for_a_host_however_it_is_spelt(string host, bool same)
    {
        using var glass = new Glass(Policies.With("\"coalesce\": { \"ttl\": \"1s\" }"));
        using var plain = new TestContext();
        using var other = new TestContext(headers: ("Host", host));
        var plan = glass.Rule<CoalescePlan>().Key;

        Assert.Equal(same, StableKey.Of(glass.Enter(plain), plan) == StableKey.Of(glass.Enter(other), plan));
    }
}
