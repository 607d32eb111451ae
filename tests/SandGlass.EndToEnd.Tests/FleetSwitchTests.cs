using System.Net.Http.Json;
using System.Text.Json;

namespace SandGlass.EndToEnd.Tests;

/// <summary>Switches of three gateways that agree over a real Redis, through kills and standstills of each.</summary>
[Collection(nameof(RealTime))]
public sealed class FleetSwitchTests
{
    private const string Policy = """
        {
          "backends": { "marketing": { "destinations": { "a": "http://127.0.0.1:9" } } },
          "routes": { "all": { "chain": "marketing", "match": { "path": "/{**rest}" }, "answer": "hello" } },
          "fallbacks": { "hello": { "status": 200, "body": "hello" } },
          "switches": {
            "s": { "chains": [ "*" ], "do": { "refuse": { "status": 503 } } },
            "t": { "chains": [ "*" ], "do": { "refuse": { "status": 429 } } }
          },
          "plans": { "p": { "steps": [ { "switch": "s" }, { "switch": "t", "after": "5s" } ] } },
          "fleet": { "redis": "@redis", "name": "shop" }
        }
        """;

    [Fact]
    public async Task Thrown_on_one_it_holds_on_all_and_each_says_by_whom_and_where()
    {
        await using var three = await ThreeGateways.StartAsync(Policy);
        var never = await three.TagAsync(2, "s");
        Assert.Equal(HttpStatusCode.OK, await three.ThrowAsync(0, "s", true, "too much", "30m"));
        await three.HoldsAsync("s", true, "too much");

        var (here, there) = (await three.SwitchAsync(0, "s"), await three.SwitchAsync(2, "s"));
        Assert.Equal(here.GetProperty("gateway").GetString(), there.GetProperty("gateway").GetString());
        Assert.Equal(1, there.GetProperty("version").GetInt64());
        Assert.InRange((there.GetProperty("until").GetDateTimeOffset() - here.GetProperty("until").GetDateTimeOffset()).Duration(), TimeSpan.Zero, TimeSpan.FromSeconds(1));
        using var client = new HttpClient();
        using var refused = await client.GetAsync(three.Gateways[1].Data);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal(3, PrometheusPage.Parse(await three.Gateways[1].Admin.GetStringAsync("metrics")).Sum("sandglass_switch_gateways", "switch=\"s\""));

        // What was seen on one gateway is what another goes by.
        Assert.Equal(HttpStatusCode.PreconditionFailed, await three.ThrowAsync(1, "s", false, "did not look", seen: never));
        // A version names no one change among gateways.
        Assert.Equal(HttpStatusCode.PreconditionFailed, await three.ThrowAsync(1, "s", false, "a number", seen: "1"));
        Assert.Equal(HttpStatusCode.OK, await three.ThrowAsync(1, "s", false, "over", seen: await three.TagAsync(0, "s")));
        await three.HoldsAsync("s", false, "over");
        Assert.Equal(["switch s on", "switch s off"], Whats(three.Audit(2)));
        Assert.Equal(["127.0.0.1", $"fleet, {(await three.SwitchAsync(0, "s")).GetProperty("gateway").GetString()}"], three.Audit(0).Select(static a => a.GetProperty("from").GetString()));
    }

    [Fact]
    public async Task No_kill_and_no_standstill_loses_an_accepted_change_or_brings_an_ended_one_back()
    {
        await using var three = await ThreeGateways.StartAsync(Policy);
        await three.ThrowAsync(0, "t", true, "for ever");
        await three.HoldsAsync("t", true, "for ever");
        for (var i = 0; i < 3; i++)
        {
            // Killed as soon as it has said yes, and the opposite thrown elsewhere while it is gone.
            Assert.Equal(HttpStatusCode.OK, await three.ThrowAsync(i, "s", true, $"last words of {i}"));
            await three.Gateways[i].KillAsync();
            await three.RestartAsync(i);
            await three.HoldsAsync("s", true, $"last words of {i}");
            await three.Gateways[i].KillAsync();
            Assert.Equal(HttpStatusCode.OK, await three.ThrowAsync((i + 1) % 3, "s", false, $"without {i}"));
            await three.RestartAsync(i);
            await three.HoldsAsync("s", false, $"without {i}");
        }

        await three.Redis.KillAsync();
        Assert.Equal(HttpStatusCode.OK, await three.ThrowAsync(1, "s", true, "without Redis"));
        await three.Redis.RestartAsync();
        await three.HoldsAsync("s", true, "without Redis");

        await three.Redis.StopAsync();
        Assert.Equal(HttpStatusCode.OK, await three.ThrowAsync(2, "s", false, "Redis hangs"));
        await three.Redis.ContinueAsync();
        await three.HoldsAsync("s", false, "Redis hangs");

        await three.Gateways[0].StopAsync();
        Assert.Equal(HttpStatusCode.OK, await three.ThrowAsync(1, "s", true, "one sleeps"));
        await three.Redis.AskAsync("FLUSHALL");
        await three.Gateways[0].ContinueAsync();
        await three.HoldsAsync("s", true, "one sleeps");
        await three.Redis.AskAsync("HSET sandglass:{shop}:shared switch:s torn switch:t 1-2-3 foreign:x 1_2_3_4");
        Assert.Equal(HttpStatusCode.OK, await three.ThrowAsync(0, "s", false, "somebody's hand in Redis"));
        await three.HoldsAsync("s", false, "somebody's hand in Redis");
        // Of nearly the right form: no number where one is added, a moment that no clock knows, an order above all others, and no revision.
        await three.Redis.AskAsync("HSET sandglass:{shop}:shared switch:s \"~ 1 - x\" switch:u \"a b c d\" rev x "
            + "switch:v \"000000000000001.000000000000001.0000000000000001/ 1 1e18 {}\" switch:w \"999999999999999.000000000000001.0000000000000001/ 1 - {}\"");
        Assert.Equal(HttpStatusCode.OK, await three.ThrowAsync(1, "s", true, "a cunning hand in Redis"));
        await three.HoldsAsync("s", true, "a cunning hand in Redis");

        // Untouched all the while.
        await three.HoldsAsync("t", true, "for ever");
        Assert.Equal(1, (await three.SwitchAsync(2, "t")).GetProperty("version").GetInt64());
    }

    [Fact]
    public async Task Two_changes_that_did_not_know_of_each_other_are_ordered_and_shown_and_audited_on_both()
    {
        await using var three = await ThreeGateways.StartAsync(Policy);
        await three.Redis.StopAsync();
        await three.ThrowAsync(0, "s", true, "mine");
        await three.ThrowAsync(1, "s", false, "yours");
        // Both are the first change, and who has read the one must not be taken to have read the other.
        Assert.Equal(1, (await three.SwitchAsync(0, "s")).GetProperty("version").GetInt64());
        Assert.Equal(1, (await three.SwitchAsync(1, "s")).GetProperty("version").GetInt64());
        var (mine, yours) = (await three.TagAsync(0, "s"), await three.TagAsync(1, "s"));
        Assert.Equal(HttpStatusCode.PreconditionFailed, await three.ThrowAsync(1, "s", true, "read elsewhere", seen: mine));
        Assert.Equal(HttpStatusCode.PreconditionFailed, await three.ThrowAsync(0, "s", false, "read elsewhere", seen: yours));
        await three.Redis.ContinueAsync();

        await three.HoldsAsync("s", false, "yours");
        for (var i = 0; i < 3; i++)
        {
            var gateway = i;
            await Eventually.TrueAsync(
                async () => (await three.SwitchAsync(gateway, "s")).GetProperty("conflict") is { ValueKind: JsonValueKind.Object } lost && lost.GetProperty("reason").GetString() == "mine", "what was lost is shown");
            Assert.Contains("switch s conflict", Whats(three.Audit(i)));
        }

        await three.ThrowAsync(2, "s", true, "seen both");
        await three.HoldsAsync("s", true, "seen both");
        Assert.Equal(JsonValueKind.Null, (await three.SwitchAsync(0, "s")).GetProperty("conflict").ValueKind);
    }

    [Fact]
    public async Task Fifty_parallel_flips_end_in_one_order_and_each_has_its_line()
    {
        await using var three = await ThreeGateways.StartAsync(Policy);
        var flips = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(async () => (Gateway: i % 3, Reason: $"flip {i}", Status: await three.ThrowAsync(i % 3, "s", i % 2 == 0, $"flip {i}")))));
        Assert.All(flips, static f => Assert.Equal(HttpStatusCode.OK, f.Status));

        var last = string.Empty;
        await Eventually.TrueAsync(
            async () =>
            {
                var all = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => three.SwitchAsync(i, "s")));
                last = all[0].GetProperty("reason").GetString()!;
                return all.Select(static s => (s.GetProperty("reason").GetString(), s.GetProperty("version").GetInt64(), s.GetProperty("on").GetBoolean())).Distinct().Count() == 1
                    && all.All(static s => s.GetProperty("fleet").GetProperty("inForce").GetInt32() == 3);
            },
            "all stand the same");
        Assert.Contains(flips, f => f.Reason == last);
        for (var i = 0; i < 3; i++)
        {
            var own = three.Audit(i).Where(static a => a.GetProperty("from").GetString() == "127.0.0.1").ToArray();
            Assert.Equal(flips.Where(f => f.Gateway == i).Select(static f => f.Reason).Order(), own.Select(static a => a.GetProperty("why").GetString()!).Order());
            // In the gateway's own order each has a version of its own.
            var versions = three.Audit(i).Where(static a => a.GetProperty("what").GetString() != "switch s conflict").Select(static a => a.GetProperty("after").GetProperty("version").GetInt64()).ToArray();
            Assert.Equal(own.Select(static a => a.GetProperty("after").GetProperty("version").GetInt64()).Order().Distinct(), own.Select(static a => a.GetProperty("after").GetProperty("version").GetInt64()));
            Assert.Equal(versions.Order(), versions);
        }

        var tag = await three.TagAsync(0, "s");
        Assert.Equal(HttpStatusCode.OK, await three.ThrowAsync(2, "s", true, "fresh", seen: tag));
        Assert.Equal(HttpStatusCode.PreconditionFailed, await three.ThrowAsync(2, "s", true, "stale", seen: tag));
    }

    [Fact]
    public async Task Ends_on_all_gateways_and_one_that_lacks_the_switch_is_named()
    {
        await using var three = await ThreeGateways.StartAsync(Policy);
        // A rolling change: the third gateway's policy has no such switch yet.
        await three.WritePolicyAsync(2, Policy.Replace("\"s\"", "\"u\"", StringComparison.Ordinal));
        await Eventually.TrueAsync(async () => (await three.Gateways[2].Admin.GetAsync("api/switches/s")).StatusCode == HttpStatusCode.NotFound, "the third has another policy");
        await three.ThrowAsync(0, "s", true, "for a while", "6s");
        await Eventually.TrueAsync(
            async () => (await three.SwitchAsync(1, "s")).GetProperty("fleet") is { ValueKind: JsonValueKind.Object } fleet && fleet.GetProperty("inForce").GetInt32() == 2
                && fleet.GetProperty("missing")[0].GetString()!.EndsWith("(its policy has no such switch in force)", StringComparison.Ordinal),
            "two of three, and why");

        // It comes into force with the policy that has it.
        await three.WritePolicyAsync(2, Policy);
        await three.HoldsAsync("s", true, "for a while");
        await three.HoldsAsync("s", false, "its time was over");
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(["switch s on", "switch s off"], Whats(three.Audit(i)).Where(static w => w != "policy"));
        }
    }

    [Fact]
    public async Task A_gateway_whose_clock_runs_ahead_ends_a_switch_for_itself_while_Redis_is_away_and_not_for_the_others()
    {
        await using var three = await ThreeGateways.StartAsync(Policy);
        await three.ThrowAsync(1, "s", true, "for a while", "30m");
        await three.HoldsAsync("s", true, "for a while");
        await three.Redis.KillAsync();
        await three.Gateways[0].KillAsync();
        await three.SetClockAsync(0, TimeSpan.FromHours(1));
        await three.RestartAsync(0);
        await Eventually.TrueAsync(async () => !(await three.SwitchAsync(0, "s")).GetProperty("on").GetBoolean(), "it is over by that clock");
        Assert.Contains("own clock", (await three.SwitchAsync(0, "s")).GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.True((await three.SwitchAsync(1, "s")).GetProperty("on").GetBoolean());

        // It comes back empty, and may hear of the one that does not know first.
        await three.Redis.RestartAsync();
        await three.HoldsAsync("s", true, "for a while");
        var until = await Task.WhenAll(Enumerable.Range(0, 3).Select(async i => (await three.SwitchAsync(i, "s")).GetProperty("until").GetDateTimeOffset()));
        Assert.InRange((until[0] - until[1]).Duration(), TimeSpan.Zero, TimeSpan.FromSeconds(2));
        Assert.Equal(["switch s on", "switch s off", "switch s on"], Whats(three.Audit(0)));
        Assert.Equal(["switch s on"], Whats(three.Audit(1)));
    }

    [Fact]
    public async Task A_plan_goes_on_when_its_conductor_is_killed_and_each_gateway_acknowledges_each_step()
    {
        await using var three = await ThreeGateways.StartAsync(Policy);
        using var started = await three.Gateways[0].Admin.PostAsJsonAsync("api/plans/p/start", new { reason = "zero hour" });
        Assert.Equal(HttpStatusCode.OK, started.StatusCode);
        await AcknowledgedAsync(three, 1, step: 0, inForce: 3);

        await three.Gateways[0].KillAsync();
        await AcknowledgedAsync(three, 2, step: 1, inForce: 2);
        Assert.Contains("not heard of", (await three.PlanAsync(2, "p")).GetProperty("steps")[1].GetProperty("fleet").GetProperty("missing")[0].GetString(), StringComparison.Ordinal);
        await three.RestartAsync(0);
        // On another port: the one before is missed under its name.
        await AcknowledgedAsync(three, 0, step: 1, inForce: 3, of: 4);
        await AcknowledgedAsync(three, 1, step: 0, inForce: 3, of: 4);
        await AcknowledgedAsync(three, 1, step: 1, inForce: 3, of: 4);
        Assert.Equal("on", (await three.PlanAsync(0, "p")).GetProperty("state").GetString());
        Assert.Contains("3/4", (await Verb.RunAsync("plan", "list", "--admin", three.Gateways[1].Admin.BaseAddress!.ToString())).Output, StringComparison.Ordinal);

        using var reverted = await three.Gateways[2].Admin.PostAsJsonAsync("api/plans/p/revert", new { reason = "calm again" });
        Assert.Equal(HttpStatusCode.OK, reverted.StatusCode);
        await three.HoldsAsync("s", false, "plan p reverted: calm again");
        await three.HoldsAsync("t", false, "plan p reverted: calm again");
        Assert.Equal("idle", (await three.PlanAsync(1, "p")).GetProperty("state").GetString());
    }

    private static Task AcknowledgedAsync(ThreeGateways three, int gateway, int step, int inForce, int of = 3) => Eventually.TrueAsync(
        async () => (await three.PlanAsync(gateway, "p")).GetProperty("steps")[step].GetProperty("fleet") is { ValueKind: JsonValueKind.Object } fleet
            && (fleet.GetProperty("inForce").GetInt32(), fleet.GetProperty("of").GetInt32()) == (inForce, of),
        () => $"step {step} is in force on {inForce} of three: {three.PlanAsync(gateway, "p").Result.GetRawText()}");

    private static IEnumerable<string> Whats(IEnumerable<JsonElement> audit) => audit.Select(static a => a.GetProperty("what").GetString()!);
}
