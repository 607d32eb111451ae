using SandGlass.Policy.Compiling;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Policy.Compiling;

public sealed class BackendUsersTests
{
    [Fact]
    public void Are_those_of_the_routes_and_all_whom_a_switch_a_fallback_or_a_failover_sends_there()
    {
        using var glass = new Glass("""
            {
              "backends": {
                "marketing": { "destinations": { "a": "http://127.0.0.1:7001" }, "failover": "spare" },
                "transaction": { "destinations": { "a": "http://127.0.0.1:7002" } },
                "spare": { "destinations": { "a": "http://127.0.0.1:7003" } },
                "switched": { "destinations": { "a": "http://127.0.0.1:7004" } },
                "standin": { "destinations": { "a": "http://127.0.0.1:7005" } }
              },
              "routes": {
                "m": { "chain": "marketing", "match": { "path": "/m" } },
                "t": { "chain": "transaction", "match": { "path": "/t" }, "fallback": "other" },
                "f": { "chain": "fulfillment", "match": { "path": "/f" }, "answer": "end" }
              },
              "fallbacks": { "other": { "backend": "standin", "else": "end" }, "end": { "body": "later" } },
              "switches": { "s": { "routes": [ "m" ], "do": { "useBackend": "switched" } } }
            }
            """);

        var users = BackendUsers.Of(glass.Store.Current.Policy);

        Assert.Equal(
            ["marketing: marketing", "spare: marketing", "standin: transaction", "switched: marketing", "transaction: transaction"],
            users.Select(static u => $"{u.Key}: {string.Join(' ', u)}").Order(StringComparer.Ordinal));
    }
}
