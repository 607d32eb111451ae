using Microsoft.Playwright;
using SandGlass.Testing;
using Xunit;

[assembly: AssemblyFixture(typeof(SandGlass.Console.Tests.Chromium))]

namespace SandGlass.Console.Tests;

/// <summary>One browser for all tests; each has pages of its own. Without the program, tests are skipped by name.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        if (Programs.Find("chromium") is { } program)
        {
            _playwright = await Playwright.CreateAsync();
            _browser = await _playwright.Chromium.LaunchAsync(new()
            {
                ExecutablePath = program,
                Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
            });
        }
    }

    /// <summary>Opens the console of a gateway.</summary>
    /// <param name="gateway">Whose.</param>
    /// <param name="room">The address within the page: <c>#policy</c>.</param>
    public async Task<ConsolePage> OpenAsync(TestGateway gateway, string room = "")
    {
        Assert.SkipWhen(_browser is null, Programs.Missing("chromium", "chromium"));
        var page = new ConsolePage(await _browser.NewPageAsync(new() { ViewportSize = new() { Width = 1280, Height = 900 } }));
        await page.Page.GotoAsync(new Uri(gateway.Admin.BaseAddress!, room).ToString());
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }
}
