using Xunit;
using static SandGlass.Tests.Policy.PolicyCase;

namespace SandGlass.Tests.Layers.Switch;

public sealed class SwitchValidatorTests
{
    private static string One(string keys, string mark = "") => Root($"\"switches\": {{ {mark}\"s\": {{ {keys} }} }}");

    public static TheoryData<string, string, string> Cases { get; } = new()
    {
        { "SG1016", "/switches/s/do/refuse/status", One("\"routes\": [ \"r\" ], \"do\": { \"refuse\": { \"status\": §200 } }") },
        { "SG1018", "/switches/s/routes", One("§\"routes\": [], \"do\": { \"admit\": 0 }") },
        { "SG1018", "/switches/s/chains", One("§\"chains\": [], \"do\": { \"admit\": 0 }") },
        { "SG1018", "/switches/s/routes", One("§\"routes\": [], \"chains\": [ \"*\" ], \"do\": { \"admit\": 0 }") },
        { "SG1018", "/switches/s/routes/0", One("\"routes\": [ §\"\" ], \"do\": { \"admit\": 0 }") },
        { "SG1014", "/switches/s", One("\"routes\": [ \"r\" ]", "§") },
        { "SG1101", "/switches/s/chains/1", One("\"chains\": [ \"*\", §\"nope\" ], \"do\": { \"admit\": 0 }") },
        { "SG1102", "/switches/s/do/useBackend", One("\"routes\": [ \"r\" ], \"do\": { \"useBackend\": §\"nope\" }") },
        { "SG1104", "/switches/s/do/fallback", One("\"routes\": [ \"r\" ], \"do\": { \"fallback\": §\"nope\" }") },
        { "SG1105", "/switches/s/routes/0", One("\"routes\": [ §\"nope\" ], \"do\": { \"admit\": 0 }") },
        { "SG1215", "/switches/s", One("\"do\": { \"admit\": 0 }", "§") },
        { "SG1216", "/switches/s/do", One("\"routes\": [ \"r\" ], §\"do\": {}") },
        { "SG1216", "/switches/s/do", One("\"routes\": [ \"r\" ], §\"do\": { \"admit\": 0, \"refuse\": {} }") },
        { "SG2007", "/switches/s/chains", One("§\"chains\": [ \"transaction\", \"after-sale\" ], \"do\": { \"admit\": 0 }") },
        { "SG2007", "/switches/s/do/scaleRateLimits", One("\"routes\": [ \"r\" ], \"do\": { \"scaleRateLimits\": §0.5 }") },
        { "SG2007", "/switches/s/do/shedBelow", One("\"routes\": [ \"r\" ], \"do\": { \"shedBelow\": §\"sheddable\" }") },
        { "SG2007", "/switches/s/do/useBackend", One("\"routes\": [ \"r\" ], \"do\": { \"useBackend\": §\"marketing\" }") },
        { "SG2007", "/switches/s/do/timeout", One("\"routes\": [ \"r\" ], \"do\": { \"timeout\": §\"1s\" }").Replace("\"chain\": \"marketing\"", "\"chain\": \"marketing\", \"answer\": \"f\"", StringComparison.Ordinal).Replace("\"switches\"", "\"fallbacks\": { \"f\": { \"body\": \"\" } }, \"switches\"", StringComparison.Ordinal) },
        { "SG1016", "/switches/s/do/timeout", One("\"routes\": [ \"r\" ], \"do\": { \"timeout\": §\"0s\" }") },
        { "SG2007", "/switches/s/do/coalesceTtl", One("\"routes\": [ \"r\" ], \"do\": { \"coalesceTtl\": §\"1m\" }") },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Is_told_with_its_place(string rule, string pointer, string marked) => Holds(rule, pointer, marked);
}
