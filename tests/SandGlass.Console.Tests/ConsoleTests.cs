using Microsoft.Playwright;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Console.Tests;

/// <summary>The console as operators meet it: real Chromium, a real gateway, real traffic.</summary>
public sealed class ConsoleTests(Chromium chromium)
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
        await using var origin = await TestOrigin.SayingAsync("many reviews");
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", origin.Address));
        await gateway.Client.GetStringAsync("/reviews");
        await using var console = await chromium.OpenAsync(gateway);
        var page = console.Page;

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

        // What stands ready, and that it was tried.
        await console.SeeAsync("#fallbacks-news", "1 ready");
        await console.SeeAsync("#fallbacks", "none");
        await console.SeeAsync("#fallbacks", "ago");

        Assert.Equal("""{"reviews":[]}""", await gateway.Client.GetStringAsync("/reviews"));
        Assert.Empty(console.Complaints);
    }

    [Fact]
    public async Task Tells_what_is_wrong_above_all_else()
    {
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var gateway = await TestGateway.StartAsync(
            Policy.Replace("\"fallbacks\"", "\"alarms\": { \"no-queue\": { \"description\": \"<i>look</i>\", \"metric\": \"queue\", \"below\": 1, \"for\": \"0s\", \"severity\": \"page\" }, \"calm\": { \"metric\": \"queue\", \"above\": 9 } }, \"plans\": { \"first-hour\": { \"steps\": [ { \"switch\": \"reviews-off\" } ], \"for\": \"1h\" }, \"other\": { \"steps\": [ { \"switch\": \"reviews-off\" } ] } }, \"fallbacks\"", StringComparison.Ordinal),
            ("origin", origin.Address));
        await using var console = await chromium.OpenAsync(gateway);

        await console.SeeAsync("#alarms li", "no-queue fires");
        await console.SeeAsync("#alarms li", "queue below 1 for 0s");
        await console.SeeAsync("#alarms li", "<i>look</i>");
        await console.SeeAsync("#alarms-news", "1 of 2 firing");
        Assert.Equal(1, await console["#alarms li"].CountAsync());

        await console.SeeAsync("#plans-news", "2 idle");
        using (var started = await gateway.Admin.PostAsync("api/plans/first-hour/start", new StringContent("{\"reason\":\"zero <b>hour</b>\"}")))
        {
            started.EnsureSuccessStatusCode();
        }

        await console.SeeAsync("#plans li", "first-hour: on");
        await console.SeeAsync("#plans li", "zero <b>hour</b>");
        Assert.Empty(console.Complaints);
    }

    [Fact]
    public async Task Shows_todays_hottest_goods_and_the_calls_that_they_saved()
    {
        await using var origin = await TestOrigin.SayingAsync("a product");
        await using var gateway = await TestGateway.StartAsync(
            """
            {
              "backends": { "marketing": { "destinations": { "a": "@origin" } } },
              "routes": { "product": { "chain": "marketing", "match": { "path": "/products/{**sku}" }, "coalesce": { "ttl": "1m" },
                                       "hotKeys": { "key": "path:sku", "promoteAt": 5, "share": 0 } } }
            }
            """,
            ("origin", origin.Address));
        await using var console = await chromium.OpenAsync(gateway);
        await console.SeeAsync("#goods-none", "Nothing has been hot today");

        // Until the beat of a second has seen them hot: the first requests after that are counted by name.
        await Eventually.TrueAsync(
            async () =>
            {
                for (var i = 0; i < 30; i++)
                {
                    (await gateway.Client.GetAsync("/products/%3Cimg%20src=x%20onerror=alert(1)%3E")).Dispose();
                    (await gateway.Client.GetAsync("/products/sku-" + (i % 2))).Dispose();
                }

                return await console["#goods tr"].CountAsync() == 3 && await console["#goods-saved"].TextContentAsync() is not "0";
            },
            "three goods are shown");

        // What looks like HTML is text, and the one asked for most stands first.
        await console.SeeAsync("#goods tr:first-child th", "img");
        await console.SeeAsync("#goods-news", "3 hot now");
        await console.SeeAsync("#goods-of", "calls saved since start (9");
        Assert.Equal(3, origin.Count);
        if (Environment.GetEnvironmentVariable("SANDGLASS_SCREENSHOT") is { Length: > 0 } file)
        {
            await console["#goods-room"].ScreenshotAsync(new() { Path = file });
        }

        Assert.Empty(console.Complaints);
    }
}
