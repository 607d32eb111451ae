using Xunit;
using static SandGlass.Tests.Policy.PolicyCase;

namespace SandGlass.Tests.Policy;

/// <summary>SG10xx: syntax and shape.</summary>
public sealed class ShapeCasesTests
{
    public static TheoryData<string, string, string> Cases { get; } = new()
    {
        { "SG1001", "", "§" },
        { "SG1001", "", "§ \n\t " },
        { "SG1003", "", "{ \"backends\": §nope }" },
        { "SG1003", "", "{ \"backends\": {§" },
        { "SG1003", "", "{}\n§{}" },
        { "SG1003", "", "{ \"name\": \"a§\nb\" }" },
        { "SG1005", "", string.Concat(Enumerable.Repeat("[", 64)) + "§" + string.Concat(Enumerable.Repeat("[", 100)) },
        { "SG1006", "", Root("§\"\\ud800\": 1") },
        { "SG1010", "", "§[ 1 ]" },
        { "SG1010", "", "§5" },
        { "SG1010", "/edge", Root("\"edge\": §5") },
        { "SG1010", "/name", Root("\"name\": §5") },
        { "SG1010", "/edge/trustedProxies", Root("\"edge\": { \"trustedProxies\": §\"::1\" }") },
        { "SG1010", "/edge/clientPrefixV6", Root("\"edge\": { \"clientPrefixV6\": §64.5 }") },
        { "SG1010", "/edge/clientPrefixV6", Root("\"edge\": { \"clientPrefixV6\": §\"64\" }") },
        { "SG1010", "/plans/p/auto", Root("\"switches\": { \"s\": { \"routes\": [ \"r\" ], \"do\": { \"admit\": 1 } } }, \"plans\": { \"p\": { \"steps\": [ { \"switch\": \"s\" } ], \"auto\": §1 } }") },
        { "SG1010", "/routes/r/rateLimits/1", Root("\"rateLimits\": { \"l\": { \"rate\": \"1/s\" } }", "\"rateLimits\": [ \"l\", §7 ]") },
        { "SG1010", "/shedding/mode", Root("\"shedding\": { \"mode\": §true }") },
        { "SG1011", "/name", Root("\"name\": §null") },
        { "SG1011", "/routes/r/timeout", Route("\"timeout\": §null") },
        { "SG1012", "/routes/r/tiemout", Route("§\"tiemout\": \"3s\"") },
        { "SG1012", "/shedding/ä", Root("\"name\": \"größer 😀\", \"shedding\": { §\"ä\": 1 }") },
        { "SG1012", "/layers/shedd", Root("\"layers\": { §\"shedd\": { \"mode\": \"off\" } }") },
        { "SG1013", "/name", Root("\"name\": \"a\",\n§\"name\": \"b\"") },
        { "SG1013", "/routes/r/chain", Route("§\"chain\": \"transaction\"") },
        { "SG1014", "", "§{ \"backends\": { \"marketing\": { \"destinations\": { \"a\": \"http://127.0.0.1:1\" } } } }" },
        { "SG1014", "/rateLimits/l", Root("\"rateLimits\": { §\"l\": { \"burst\": 5 } }") },
        { "SG1014", "/plans/p/steps/0", Root("\"plans\": { \"p\": { \"steps\": [ §{} ] } }") },
        { "SG1014", "/edge/proof", Root("\"edge\": { §\"proof\": {} }") },
        { "SG1015", "/routes/r/timeout", Route("\"timeout\": §800") },
        { "SG1015", "/routes/r/timeout", Route("\"timeout\": §\"3 s\"") },
        { "SG1015", "/routes/r/timeout", Route("\"timeout\": §\"3sec\"") },
        { "SG1015", "/routes/r/timeout", Route("\"timeout\": §\"\"") },
        { "SG1015", "/routes/r/timeout", Route("\"timeout\": §\"1e3s\"") },
        { "SG1015", "/rateLimits/l/rate", Root("\"rateLimits\": { \"l\": { \"rate\": §\"50\" } }") },
        { "SG1015", "/rateLimits/l/rate", Root("\"rateLimits\": { \"l\": { \"rate\": §\"0/s\" } }") },
        { "SG1015", "/edge/limits/body", Root("\"edge\": { \"limits\": { \"body\": §\"1mb\" } }") },
        { "SG1015", "/edge/limits/minBodyRate", Root("\"edge\": { \"limits\": { \"minBodyRate\": §\"240B\" } }") },
        { "SG1015", "/event/start", Root("\"event\": { \"start\": §\"2026-11-11\" }") },
        { "SG1015", "/alarms/a/above", Root("\"alarms\": { \"a\": { \"metric\": \"cpu\", §\"above\": [] } }") },
        { "SG1016", "/edge/clientPrefixV6", Root("\"edge\": { \"clientPrefixV6\": §129 }") },
        { "SG1016", "/edge/clientPrefixV6", Root("\"edge\": { \"clientPrefixV6\": §1e308 }") },
        { "SG1016", "/chains/vip/share", Root("\"chains\": { \"vip\": { \"share\": §-0.1 } }") },
        { "SG1016", "/chains/vip/share", Root("\"chains\": { \"vip\": { \"share\": §1e999 } }") },
        { "SG1016", "/routes/r/timeout", Route("\"timeout\": §\"-1s\"") },
        { "SG1016", "/routes/r/timeout", Route("\"timeout\": §\"0s\"") },
        { "SG1016", "/cache/maxBytes", Root("\"cache\": { \"maxBytes\": §\"1B\" }") },
        { "SG1016", "/switches/s/do/admit", Root("\"switches\": { \"s\": { \"routes\": [ \"r\" ], \"do\": { \"admit\": §1.1 } } }") },
        { "SG1016", "/breakers/default/failureRatio", Root("\"breakers\": { \"default\": { \"failureRatio\": §0 } }") },
        { "SG1017", "/shedding/mode", Root("\"shedding\": { \"mode\": §\"on\" }") },
        { "SG1017", "/edge/unknownHost", Root("\"edge\": { \"unknownHost\": §400 }") },
        { "SG1017", "/alarms/a/metric", Root("\"alarms\": { \"a\": { \"metric\": §\"latency.99\", \"above\": \"1s\" } }") },
        { "SG1018", "/name", Root("\"name\": §\"\"") },
        { "SG1018", "/routes", "{ \"backends\": { \"marketing\": { \"destinations\": { \"a\": \"http://127.0.0.1:1\" } } }, §\"routes\": {} }" },
        { "SG1018", "/rateLimits/l/key", Root("\"rateLimits\": { \"l\": { \"rate\": \"1/s\", §\"key\": [] } }") },
        { "SG1018", "/rateLimits/l/key", Root("\"rateLimits\": { \"l\": { \"rate\": \"1/s\", \"key\": §\"\" } }") },
        { "SG1019", "/rateLimits/a b", Root("\"rateLimits\": { §\"a b\": { \"rate\": \"1/s\" } }") },
        { "SG1019", "/rateLimits/", Root("\"rateLimits\": { §\"\": { \"rate\": \"1/s\" } }") },
        { "SG1019", "/rateLimits/x~1~0", Root("\"rateLimits\": { §\"x/~\": { \"rate\": \"1/s\" } }") },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Is_told_with_its_place(string rule, string pointer, string marked)
    {
        if (rule == "SG1006")
        {
            // The broken key is unknown as well: two mistakes of one place.
            Assert.Equal(["SG1006", "SG1012"], Read(marked.Replace("§", "", StringComparison.Ordinal)).Problems.Where(one => one.Line == 4).Select(one => one.Rule));
            return;
        }

        Holds(rule, pointer, marked);
    }
}
