using Microsoft.Playwright;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Console.Tests;

/// <summary>The console as operators meet it: real Chromium, a real gateway, real traffic.</summary>
public sealed class ConsoleTests
{
    private const string Policy = """
        {
          "name": "the-night",
          "backends": { "marketing": { "destinations": { "a": "@origin" } } },
          "routes": { "reviews": { "chain": "marketing", "match": { "path": "/reviews" } } },
          "fallbacks": { "none": { "status": 200, "json": { "reviews": [] } } },
          "switches": { "reviews-off": { "description": "Serve <b>empty</b> reviews", "routes": [ "reviews" ], "do": { "fallback": "none" } } }
        }
        """;

    [Fact]
    public async Task Shows_the_glass_and_throws_a_switch_that_works_for_the_next_request()
    {
        var chromium = Programs.Find("chromium");
        Assert.SkipWhen(chromium is null, Programs.Missing("chromium", "chromium"));
        await using var origin = await TestOrigin.SayingAsync("many reviews");
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", origin.Address));
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = chromium,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
        var page = await browser.NewPageAsync();
        var complaints = new List<string>();
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
            {
                complaints.Add(message.Text);
            }
        };
        page.PageError += (_, error) => complaints.Add(error);

        await gateway.Client.GetStringAsync("/reviews");
        await page.GotoAsync(gateway.Admin.BaseAddress!.ToString());

        // The glass: the gateway's name, every layer, the four chains.
        await page.GetByText("the-night").First.WaitForAsync();
        foreach (var word in (string[])["trust", "rate limit", "coalesce", "shed", "break", "transaction", "after-sale"])
        {
            await page.GetByText(word).First.WaitForAsync(new() { State = WaitForSelectorState.Attached });
        }

        // A description that looks like HTML is text.
        await page.GetByText("Serve <b>empty</b> reviews").First.WaitForAsync(new() { State = WaitForSelectorState.Attached });

        // Throw the switch: the dialog wants a reason.
        await page.GetByRole(AriaRole.Switch).First.ClickAsync();
        await page.Locator("#switch-reason").FillAsync("reviews are slow");
        await page.Locator("#switch-go").ClickAsync();
        await page.Locator("#switch-dialog[open]").WaitForAsync(new() { State = WaitForSelectorState.Detached });

        Assert.Equal("""{"reviews":[]}""", await gateway.Client.GetStringAsync("/reviews"));
        Assert.Empty(complaints);
    }
}
