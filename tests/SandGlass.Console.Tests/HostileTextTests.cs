using System.Net.Http.Json;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Console.Tests;

/// <summary>Whatever somebody writes into a path, an agent, a name or a reason: on the console it is text, in a real browser.</summary>
public sealed class HostileTextTests(Chromium chromium)
{
    private const string Img = "<img src=x onerror=\"document.title='owned'\">";

    private static readonly string InJson = Img.Replace("\"", "\\\"", StringComparison.Ordinal);

    private static readonly string Policy = $$"""
        {
          "name": "{{InJson}}",
          "backends": { "marketing": { "destinations": { "a": "http://127.0.0.1:9" } } },
          "routes": {
            "shop": { "description": "{{InJson}}", "chain": "marketing", "match": { "path": "/{**rest}" }, "hotKeys": { "key": "header:User-Agent", "promoteAt": 1 } }
          },
          "fallbacks": { "none": { "status": 200, "body": "{{InJson}}" } },
          "alarms": { "queue": { "description": "{{InJson}}", "metric": "queue", "below": 1, "for": "0s" } },
          "switches": { "off": { "description": "{{InJson}}", "routes": [ "shop" ], "do": { "fallback": "none" } } },
          "plans": { "night": { "description": "{{InJson}}", "owner": "{{InJson}}", "steps": [ { "switch": "off" } ] } }
        }
        """;

    [Fact]
    public async Task Is_text_wherever_it_is_shown()
    {
        await using var gateway = await TestGateway.StartAsync(Policy);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/%3Cimg%20src=x%20onerror=alert(1)%3E?q=%3Cimg%20src=x%20onerror=alert(1)%3E");
        request.Headers.TryAddWithoutValidation("User-Agent", Img);
        using (await gateway.Client.SendAsync(request))
        using (await gateway.Admin.PutAsJsonAsync("api/switches/off", new { on = true, reason = Img, by = Img }))
        using (await gateway.Admin.PostAsJsonAsync("api/plans/night/start", new { reason = Img, by = Img }))
        {
        }

        await using var live = await chromium.OpenAsync(gateway);
        foreach (var place in (string[])["#name", "#alarms li", "#switches li", "#plans li"])
        {
            await live.SeeAsync(place, Img);
        }

        await using var room = await chromium.OpenAsync(gateway, "#policy/explain");
        await room["#explain-url"].FillAsync("/%3Cimg%20src=x%20onerror=alert(1)%3E");
        await room["#explain-headers"].FillAsync("User-Agent: " + Img);
        await room["#explain-form button"].ClickAsync();
        await room.SeeAsync("#explained .facts", "shop");
        await room.SeeAsync("#audit td", Img);

        // A route of that name is no valid policy; the banner tells of it.
        await File.WriteAllTextAsync(gateway.PolicyFile, Policy.Replace("\"shop\": {", $"\"{InJson}\": {{", StringComparison.Ordinal));
        gateway.Host.Reload();
        await room.SeeAsync("#rejected-problems", "<img src=x onerror=");

        foreach (var page in (ConsolePage[])[live, room])
        {
            Assert.Equal(0, await page["img"].CountAsync());
            Assert.NotEqual("owned", await page.Page.TitleAsync());
            Assert.Empty(page.Complaints);
        }
    }
}
