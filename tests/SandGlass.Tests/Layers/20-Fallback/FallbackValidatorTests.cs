using Xunit;
using static SandGlass.Tests.Policy.PolicyCase;

namespace SandGlass.Tests.Layers.Fallback;

public sealed class FallbackValidatorTests
{
    private static string One(string fallback, string mark = "") => Root($"\"fallbacks\": {{ {mark}\"f\": {{ {fallback} }} }}", "\"fallback\": \"f\"");

    public static TheoryData<string, string, string> Cases { get; } = new()
    {
        { "SG1016", "/fallbacks/f/status", One("\"body\": \"\", \"status\": §199") },
        { "SG1104", "/fallbacks/f/else", One("\"lastGood\": \"1m\", \"else\": §\"nope\"") },
        { "SG1109", "/fallbacks/f/else", One("\"lastGood\": \"1m\", \"else\": §\"f\"") },
        { "SG1110", "/fallbacks/f/file", One("\"file\": §\"fallbacks/nope.html\"") },
        { "SG1110", "/fallbacks/f/file", One("\"file\": §\"a\\u0000b\"") },
        { "SG1211", "/fallbacks/f/headers/X Y", One("\"body\": \"\", \"headers\": { \"X Y\": §\"1\" }") },
        { "SG1211", "/fallbacks/f/headers/Content-Length", One("\"body\": \"\", \"headers\": { \"Content-Length\": §\"1\" }") },
        { "SG1211", "/fallbacks/f/headers/X", One("\"body\": \"\", \"headers\": { \"X\": §\"a\\r\\nSet-Cookie: b\" }") },
        { "SG1211", "/fallbacks/f/contentType", One("\"body\": \"\", \"contentType\": §\"html\"") },
        { "SG1212", "/fallbacks/f", One("\"status\": 503", "§") },
        { "SG1212", "/fallbacks/f", One("\"body\": \"\", \"json\": {}", "§") },
        { "SG1213", "/fallbacks/f", One("\"lastGood\": \"1m\"", "§") },
        { "SG1213", "/fallbacks/f", One("\"backend\": \"marketing\"", "§") },
        { "SG1102", "/fallbacks/f/backend", Root("\"fallbacks\": { \"f\": { \"backend\": §\"nope\", \"else\": \"g\" }, \"g\": { \"body\": \"\" } }", "\"fallback\": \"f\"") },
        { "SG1212", "/fallbacks/f/empty", One("\"empty\": §false") },
        { "SG1211", "/fallbacks/f/redirect", One("\"redirect\": §\"//evil.example/\"") },
        { "SG1211", "/fallbacks/f/redirect", One("\"redirect\": §\"javascript:alert(1)\"") },
        { "SG1016", "/fallbacks/f/status", One("\"redirect\": \"/x\", \"status\": §200") },
        { "SG1016", "/fallbacks/f/status", One("\"body\": \"\", \"status\": §302") },
        { "SG1016", "/fallbacks/f/exercise", One("\"body\": \"\", \"exercise\": §0.5") },
        { "SG1016", "/fallbacks/f/exercise", One("\"body\": \"\", \"exercise\": §\"1s\"") },
        { "SG1211", "/fallbacks/f/ignoreHeaders/0", Root("\"fallbacks\": { \"f\": { \"lastGood\": \"1m\", \"else\": \"g\", \"ignoreHeaders\": [ §\"Cookie\" ] }, \"g\": { \"body\": \"\" } }", "\"fallback\": \"f\"") },
        { "SG1213", "/fallbacks/f/else", Root("\"fallbacks\": { \"f\": { \"body\": \"\", \"else\": §\"g\" }, \"g\": { \"body\": \"\" } }", "\"fallback\": \"f\"") },
        { "SG1214", "/fallbacks/f/file", One("\"file\": §\"../../etc/passwd\"") },
        { "SG1214", "/fallbacks/f/file", One("\"file\": §\"/etc/passwd\"") },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Is_told_with_its_place(string rule, string pointer, string marked) => Holds(rule, pointer, marked);

    [Fact]
    public void Json_is_kept_minified_and_otherwise_as_written()
    {
        var reading = Read(One("\"json\": { \"b\": [ 1.50, null, true, {} ], /* why */ \"a\": \"é\\n\" }"));

        Assert.Equal("""{"b":[1.50,null,true,{}],"a":"é\n"}""", reading.Policy!.Fallbacks["f"].Json.ToString());
    }
}
