using Xunit;
using static SandGlass.Tests.Policy.PolicyCase;

namespace SandGlass.Tests.Layers.Coalesce;

public sealed class CoalesceValidatorTests
{
    public static TheoryData<string, string, string> Cases { get; } = new()
    {
        { "SG1206", "/routes/r/coalesce/key/1", Route("\"coalesce\": { \"ttl\": \"1s\", \"key\": [ \"path\", §\"body\" ] }") },
        { "SG1217", "/routes/r/coalesce/maxBytes", Root("\"cache\": { \"maxBytes\": \"1MB\" }", "\"coalesce\": { \"ttl\": \"1s\", \"maxBytes\": §\"2MB\" }") },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Is_told_with_its_place(string rule, string pointer, string marked) => Holds(rule, pointer, marked);
}
