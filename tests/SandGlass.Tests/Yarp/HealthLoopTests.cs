using System.Text;
using SandGlass.Algorithms.Keys;
using SandGlass.Policy;
using SandGlass.Telemetry;
using SandGlass.Testing;
using SandGlass.Yarp;
using Xunit;

namespace SandGlass.Tests.Yarp;

[Collection(nameof(RealTime))]
public sealed class HealthLoopTests
{
    [Fact]
    public async Task Tells_each_change_in_one_line_and_nothing_between()
    {
        var well = true;
        await using var origin = await TestOrigin.StartAsync(http =>
        {
            http.Response.StatusCode = Volatile.Read(ref well) ? 204 : 418;
            return Task.CompletedTask;
        });
        var log = new ListLog();
        using var state = new GatewayState(TimeProvider.System, new Defects(log));
        var store = new PolicyStore(new(new Pipeline(new SipKey(1, 2), TimeProvider.System), state), state, "policy.json", log);
        var policy = $$"""
            {
              "backends": { "marketing": {
                "destinations": { "a": "{{origin.Address}}/base" },
                "health": { "path": "/up", "interval": "100ms", "timeout": "100ms" },
                "ejection": { "minRequests": 1, "maxEjected": 1 } } },
              "routes": { "r": { "chain": "marketing", "match": { "path": "/r/{id}" } } }
            }
            """;
        Assert.True(store.Apply(Encoding.UTF8.GetBytes(policy)).Accepted);
        var destination = store.Current.Routes[0].Backend!.Destinations[0];
        await using (new HealthLoop(() => store.Current, TimeProvider.System, seed: 3, log))
        {
            await Eventually.TrueAsync(() => origin.Count >= 4, "it is probed");
            Volatile.Write(ref well, false);
            await Eventually.TrueAsync(() => !destination.State.Probes.Healthy, "it is unhealthy");
            var seen = origin.Count;
            await Eventually.TrueAsync(() => origin.Count >= seen + 4, "it is probed on");
            Volatile.Write(ref well, true);
            await Eventually.TrueAsync(() => destination.State.Probes.Healthy, "it is healthy again");
            destination.State.Enter();
            destination.Leave(Algorithms.Outcome.Failure, TimeProvider.System);
            await Eventually.TrueAsync(() => log.Lines.Count == 3, "the ejection is told");
        }

        Assert.All(origin.Arrivals, static a => Assert.Equal(("GET", "/up", "SandGlass-Health"), (a.Method, a.Target, a["User-Agent"])));
        Assert.Equal(
            [
                "Destination a of backend marketing is unhealthy: GET /up answers 418",
                "Destination a of backend marketing is healthy again",
                "Destination a of backend marketing fails too often and is left out for 10 s",
            ],
            log.Lines.Select(static l => l.Text));
    }
}
