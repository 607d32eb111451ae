using Microsoft.Playwright;

namespace SandGlass.Console.Tests;

/// <summary>A page of the console, and what the browser complained of meanwhile.</summary>
public sealed class ConsolePage : IAsyncDisposable
{
    private readonly List<string> _complaints = [];

    public ConsolePage(IPage page)
    {
        Page = page;
        page.SetDefaultTimeout(20_000);
        page.PageError += (_, error) => _complaints.Add(error);
        page.Console += (_, message) =>
        {
            // The browser logs each answer of 4xx; those that a test asks for are no fault of the page.
            if (message.Type == "error" && !message.Text.StartsWith("Failed to load resource: the server responded with a status of 4", StringComparison.Ordinal))
            {
                _complaints.Add(message.Text);
            }
        };
    }

    public IPage Page { get; }

    /// <summary>Faults of scripts and of the Content-Security-Policy.</summary>
    public IReadOnlyList<string> Complaints => _complaints;

    public ILocator this[string selector] => Page.Locator(selector);

    /// <summary>Waits until something stands there, as it is read.</summary>
    public async Task<ILocator> SeeAsync(string selector, string text)
    {
        var found = Page.Locator(selector).Filter(new() { HasText = text }).First;
        await found.WaitForAsync();
        return found;
    }

    /// <summary>Types into the editor, in place of all that is there.</summary>
    public async Task TypePolicyAsync(Func<string, string> change)
    {
        await SeeAsync("#check-result", "error");
        var area = this["#policy-text"];
        await area.FillAsync(change(await area.InputValueAsync()));
    }

    /// <summary>Fills the dialog that asks why, and presses its button.</summary>
    public async Task SayWhyAsync(string reason)
    {
        await this["#change-reason"].FillAsync(reason);
        await this["#change-go"].ClickAsync();
    }

    public async ValueTask DisposeAsync() => await Page.CloseAsync();
}
