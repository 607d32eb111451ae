using Xunit;
using static SandGlass.Tests.Policy.PolicyCase;

namespace SandGlass.Tests.Layers.Break;

public sealed class BreakerValidatorTests
{
    public static TheoryData<string, string, string> Cases { get; } = new()
    {
        { "SG1016", "/routes/r/breaker/slowRatio", Route("\"breaker\": { \"slow\": \"1s\", \"slowRatio\": §0 }") },
        { "SG2007", "/routes/r/breaker/slowRatio", Route("\"breaker\": { \"slowRatio\": §0.5 }") },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Is_told_with_its_place(string rule, string pointer, string marked) => Holds(rule, pointer, marked);
}
