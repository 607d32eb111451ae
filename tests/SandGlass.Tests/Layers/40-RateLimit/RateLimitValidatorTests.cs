using Xunit;
using static SandGlass.Tests.Policy.PolicyCase;

namespace SandGlass.Tests.Layers.RateLimit;

public sealed class RateLimitValidatorTests
{
    private static string One(string keys, string route = "") => Root($"\"rateLimits\": {{ \"l\": {{ \"rate\": \"1/s\", {keys} }} }}", "\"rateLimits\": [ \"l\" ]" + route);

    public static TheoryData<string, string, string> Cases { get; } = new()
    {
        { "SG1206", "/rateLimits/l/key", One("\"key\": §\"ip\"") },
        { "SG1206", "/rateLimits/l/key", One("\"key\": §\"path\"") },
        { "SG1206", "/rateLimits/l/key/1", One("\"key\": [ \"client\", §\"header:X Y\" ]") },
        { "SG1206", "/rateLimits/l/key/0", One("\"key\": [ §\"cookie:\" ]") },
        { "SG1217", "/rateLimits/l/burst", One("\"burst\": §2, \"cost\": 3") },
        { "SG1217", "/routes/r/cost", One("\"burst\": 2", ", \"cost\": §3") },
        { "SG1217", "/rateLimits/l/cost", One("\"cost\": §2") },
        { "SG1217", "/rateLimits/l/cost", Root("\"rateLimits\": { \"l\": { \"algorithm\": \"concurrency\", \"cost\": §2 } }", "\"rateLimits\": [ \"l\" ]") },
        { "SG1217", "/routes/r/cost", Root("\"rateLimits\": { \"l\": { \"algorithm\": \"sliding-window\", \"rate\": \"5/m\" } }", "\"rateLimits\": [ \"l\" ], \"cost\": §10") },
        { "SG1217", "/routes/r/cost", One("\"key\": \"client\"", ", \"cost\": §2") },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Is_told_with_its_place(string rule, string pointer, string marked) => Holds(rule, pointer, marked);
}
