using SandGlass.Algorithms.Keys;
using SandGlass.Request;
using SandGlass.Testing;
using Xunit;
using TestContext = SandGlass.Testing.TestContext;

namespace SandGlass.Tests.Request;

public sealed class KeyPlanTests
{
    // Two requests; what the key is made of; whether they share it.
    public static TheoryData<string, string, string, bool> Pairs { get; } = new()
    {
        { "client", "/r/1|a=1", "/r/2|a=2", true },
        { "route", "/r/1", "/r/2", true },
        { "chain", "/r/1", "/r/2", true },
        { "path", "/r/1", "/r/1?x", true },
        { "path", "/r/1", "/r/2", false },
        { "path:id", "/r/1?a", "/r/1/?b", true },
        { "path:id", "/r/1", "/r/12", false },
        { "path:nope", "/r/1", "/r/2", true },
        { "query:q", "/r/1?q=a", "/r/1?x=1&q=a", true },
        { "query:q", "/r/1?q=a", "/r/1?q=b", false },
        { "query:q", "/r/1?q=", "/r/1", false },
        { "query:q,query:p", "/r/1?q=ab&p=c", "/r/1?q=a&p=bc", false },
        { "query:q,query:p", "/r/1?q=a", "/r/1?p=a", false },
        { "header:X-A", "/r/1|X-A=1", "/r/1|x-a=1", true },
        { "header:X-A", "/r/1|X-A=1", "/r/1|X-A=2", false },
        { "header:X-A", "/r/1|X-A=1|X-A=2", "/r/1|X-A=12", false },
        { "header:X-A,header:X-B", "/r/1|X-A=1", "/r/1|X-B=1", false },
        { "header:X-A,header:X-B", "/r/1|X-A=1|X-B=2", "/r/1|X-A=12|X-B=", false },
        { "cookie:c", "/r/1|Cookie=c=1; d=2", "/r/1|Cookie=d=3; c=1", true },
        { "cookie:c", "/r/1|Cookie=c=1", "/r/1|Cookie=c=2", false },
        { "cookie:c", "/r/1|Cookie=c=", "/r/1", false },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Delimits_its_parts_and_tells_empty_from_absent(string parts, string one, string other, bool same)
    {
        using var glass = new Glass(Policies.With());
        var plan = KeyPlan.Parse(parts.Split(','));

        Assert.Equal(same, Hash(glass, plan, one).Key == Hash(glass, plan, other).Key);
    }

    [Theory]
    [InlineData("client", "/r/1", true)]
    [InlineData("path:id", "/r/1", true)]
    [InlineData("path:nope", "/r/1", false)]
    [InlineData("query:q", "/r/1?q", true)]
    [InlineData("query:q", "/r/1", false)]
    [InlineData("cookie:c", "/r/1|Cookie=d=1", false)]
    [InlineData("header:X-A", "/r/1|X-A=", true)]
    [InlineData("header:X-A,client", "/r/1", false)]
    public void Says_whether_a_part_is_absent(string parts, string request, bool complete)
    {
        using var glass = new Glass(Policies.With());

        Assert.Equal(complete, Hash(glass, KeyPlan.Parse(parts.Split(',')), request).Complete);
    }

    [Fact]
    public void Has_the_whole_query_where_a_cache_says_nothing_else()
    {
        using var glass = new Glass(Policies.With());

        Assert.NotEqual(Hash(glass, KeyPlan.WholeTarget, "/r/1?a=1&b=2"), Hash(glass, KeyPlan.WholeTarget, "/r/1?b=2&a=1"));
        Assert.NotEqual(Hash(glass, KeyPlan.WholeTarget, "/r/1?a"), Hash(glass, KeyPlan.WholeTarget, "/r/1a"));
        Assert.Equal(Hash(glass, KeyPlan.WholeTarget, "/r/1?a"), Hash(glass, KeyPlan.WholeTarget, "/r/1?a"));
    }

    [Fact]
    public void Names_what_it_is_made_of()
    {
        var plan = KeyPlan.Parse(["query:a", "header:X-A", "cookie:c", "query:b"]);

        Assert.Equal(["a", "b"], plan.QueryNames);
        Assert.Equal(["X-A"], plan.HeaderNames);
        Assert.Equal(["c"], plan.CookieNames);
        Assert.False(plan.HasWholeQuery);
        Assert.Throws<FormatException>(static () => KeyPlan.Parse(["nonsense"]));
    }

    // "/r/1?q=a|Name=value": a target and headers.
    private static (bool Complete, UInt128 Key) Hash(Glass glass, KeyPlan plan, string request)
    {
        var parts = request.Split('|');
        using var context = new TestContext(parts[0], headers: [.. parts[1..].Select(static h => (h[..h.IndexOf('=')], h[(h.IndexOf('=') + 1)..]))]);
        var hasher = new KeyHasher(new SipKey(3, 4));
        var complete = plan.AddTo(ref hasher, glass.Enter(context));
        return (complete, hasher.Finish128());
    }
}
