using Microsoft.Playwright;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Console.Tests;

/// <summary>Plans and the night's story on the console: real Chromium, a real gateway.</summary>
public sealed class PlanRoomTests(Chromium chromium)
{
    private static readonly string Policy = $$"""
        {
          "event": { "start": "{{TimeProvider.System.GetUtcNow().AddMinutes(-10):yyyy-MM-ddTHH:mm:ssK}}", "phases": { "warm-up": "-2h", "peak": "0s", "steady": "30m" } },
          "backends": { "marketing": { "destinations": { "a": "@origin" } } },
          "routes": { "reviews": { "chain": "marketing", "match": { "path": "/reviews" } }, "search": { "chain": "marketing", "match": { "path": "/search" } } },
          "fallbacks": { "none": { "status": 200, "body": "none" } },
          "switches": { "reviews-off": { "routes": [ "reviews" ], "do": { "fallback": "none" } }, "search-half": { "routes": [ "search" ], "do": { "admit": 0.5 } } },
          "plans": { "zero-hour": { "description": "First <b>half</b> hour", "owner": "ann", "steps": [ { "switch": "reviews-off" }, { "switch": "search-half", "after": "1h" } ], "for": "2h",
            "needs": { "quiet": [ "broken" ] }, "when": { "phase": "peak" } } },
          "alarms": { "broken": { "metric": "breakers.open", "above": 0 } }
        }
        """;

    [Fact]
    public async Task A_plan_shows_what_it_would_touch_is_thrown_with_a_reason_and_taken_back()
    {
        await using var origin = await TestOrigin.SayingAsync("many reviews");
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", origin.Address));
        await using var console = await chromium.OpenAsync(gateway);

        await console.SeeAsync("#plans li", "First <b>half</b> hour: proposed");
        await console.SeeAsync("#plans li", "the phase peak has begun");
        await console["#plans button"].ClickAsync();
        await console.SeeAsync("#plan-steps li", "reviews · ");
        await console.SeeAsync("#plan-steps li:nth-child(2)", "+1h");
        await console.SeeAsync("#plan-needs li", "the alarm broken is quiet");
        await console.SeeAsync("#plan-lead", "Taken back by itself after 2h. it was never rehearsed");
        await console["#plan-reason"].FillAsync("zero hour");
        await console["#plan-go"].ClickAsync();

        await console.SeeAsync("#plans li", "First <b>half</b> hour: running");
        await console.SeeAsync("#plans li", "admin: “zero hour”");
        await console["#plan-dialog[open]"].WaitForAsync(new() { State = WaitForSelectorState.Detached });
        Assert.Equal("none", await gateway.Client.GetStringAsync("/reviews"));

        // Somebody else was quicker: the dialog says so.
        await console["#plans button"].ClickAsync();
        await console.SeeAsync("#plan-lead", "reverse order");
        using (await gateway.Admin.PostAsync("api/plans/zero-hour/revert", new StringContent("{\"reason\":\"calm\"}")))
        {
        }

        await console["#plan-reason"].FillAsync("too late");
        await console["#plan-go"].ClickAsync();
        await console.SeeAsync("#plan-problem", "it does not run");
        await console["#plan-cancel"].ClickAsync();
        await console.SeeAsync("#plans li", "First <b>half</b> hour: idle");
        Assert.Equal("many reviews", await gateway.Client.GetStringAsync("/reviews"));
        Assert.Empty(console.Complaints);
    }

    [Fact]
    public async Task A_rehearsal_is_one_tick_away_and_touches_nobody()
    {
        await using var origin = await TestOrigin.SayingAsync("many reviews");
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", origin.Address));
        await using var console = await chromium.OpenAsync(gateway);

        await console["#plans button"].ClickAsync();
        await console["#plan-rehearse"].CheckAsync();
        await console.SeeAsync("#plan-go", "Rehearse");
        await console["#plan-reason"].FillAsync("once before the night");
        await console["#plan-go"].ClickAsync();

        await console.SeeAsync("#plans li", "rehearsing");
        Assert.Equal("many reviews", await gateway.Client.GetStringAsync("/reviews"));
        await console.SeeAsync("#plans li", "proposed");
        Assert.DoesNotContain("never rehearsed", await console["#plans li"].TextContentAsync(), StringComparison.Ordinal);
        Assert.Empty(console.Complaints);
    }

    [Fact]
    public async Task The_night_is_a_picture_with_a_countdown_and_a_list_of_who_and_why()
    {
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", origin.Address));
        await gateway.SwitchAsync("search-half", true);
        await using var console = await chromium.OpenAsync(gateway);

        await console.SeeAsync("#countdown-word", "steady in");
        Assert.Matches("^(20:00|1[0-9]:[0-5][0-9])$", await console["#countdown-time"].TextContentAsync());
        await console["#timeline .phase-name"].Filter(new() { HasText = "peak ▸ zero-hour" }).First.WaitForAsync();
        await console["#timeline rect.bar.switch.goes-on"].First.WaitForAsync();
        await console["#timeline-room summary"].ClickAsync();
        await console.SeeAsync("#timeline-list li", "switch search-half on");
        await console.SeeAsync("#timeline-list li", "admin: “a test”");
        await console.SeeAsync("#timeline-list li", "found at the start");
        Assert.Empty(console.Complaints);
    }
}
