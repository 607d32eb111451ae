using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Playwright;
using SandGlass.Policy;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Console.Tests;

/// <summary>The policy's room: looked at, edited, put in force and taken back as an operator does.</summary>
public sealed class PolicyRoomTests(Chromium chromium)
{
    private const string Policy = """
        {
          // Orders first.
          "backends": { "transaction": { "destinations": { "a": "http://127.0.0.1:9" } } },
          "routes": { "order": { "chain": "transaction", "match": { "path": "/order" }, "timeout": "3s", "rateLimits": [ "per-user" ] } },
          "rateLimits": { "per-user": { "rate": "10/s", "key": "client" } }
        }
        """;

    private static readonly string Faster = Policy.Replace("\"3s\"", "\"2s\"", StringComparison.Ordinal).Replace("10/s", "5/s", StringComparison.Ordinal);

    [Fact]
    public async Task Shows_what_a_change_of_the_file_changed()
    {
        await using var gateway = await TestGateway.StartAsync(Policy);
        await using var page = await chromium.OpenAsync(gateway, "#policy");
        await page.SeeAsync("#revisions li", "found at the start");

        await gateway.ReloadAsync(Faster);

        var newest = await page.SeeAsync("#revisions li", "the file was changed");
        Assert.Contains(gateway.Host.Store.Current.Revision, await newest.InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("in force", await newest.InnerTextAsync(), StringComparison.Ordinal);
        await page.SeeAsync("#diff li.changed", "changed");
        Assert.Equal(
            ["~changedroute order timeout 3s → 2s", "~changedrate limit per-user rate 10/s → 5/s"],
            await page["#diff li"].AllTextContentsAsync());
        Assert.Equal(["routes", "rate limits"], await page["#diff h3"].AllTextContentsAsync());

        // Any two: the other way round.
        await page["#revisions li:nth-child(1) input[name=older]"].CheckAsync();
        await page["#revisions li:nth-child(2) input[name=newer]"].CheckAsync();
        await page.SeeAsync("#diff li", "timeout 2s → 3s");
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task Rolls_back_with_a_reason_and_shows_its_audit_line()
    {
        await using var gateway = await TestGateway.StartAsync(Policy);
        var first = gateway.Host.Store.Current.Revision;
        await gateway.ReloadAsync(Faster);
        await using var page = await chromium.OpenAsync(gateway, "#policy");

        await page[$"#revisions li[data-revision='{first}'] > button"].ClickAsync();
        await page.SeeAsync("#change-diff li", "route order timeout 2s → 3s");
        await page.SayWhyAsync("   ");
        await page.SeeAsync("#change-problem", "Say why");
        await page.SayWhyAsync("2s was too short, INC-7");

        await page.SeeAsync("#policy-news", $"Rolled back: {first} is in force.");
        var line = await page.SeeAsync("#audit tr", "2s was too short, INC-7");
        Assert.Contains($"→ {first}", await line.InnerTextAsync(), StringComparison.Ordinal);
        await page.SeeAsync("#revisions li:nth-child(1)", "2s was too short, INC-7");
        Assert.Equal(first, gateway.Host.Store.Current.Revision);
        Assert.Equal(Policy, await File.ReadAllTextAsync(gateway.PolicyFile));
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task Tells_when_the_policy_changed_while_the_rollback_was_thought_over()
    {
        await using var gateway = await TestGateway.StartAsync(Policy);
        var first = gateway.Host.Store.Current.Revision;
        await gateway.ReloadAsync(Faster);
        await using var page = await chromium.OpenAsync(gateway, "#policy");
        await page[$"#revisions li[data-revision='{first}'] > button"].ClickAsync();
        await page.SeeAsync("#change-diff li", "timeout");

        await gateway.ReloadAsync(Faster.Replace("5/s", "4/s", StringComparison.Ordinal));
        var between = gateway.Host.Store.Current.Revision;
        await page.SayWhyAsync("back");

        await page.SeeAsync("#change-problem", $"revision {between} came between");
        Assert.Equal(between, gateway.Host.Store.Current.Revision);
        await page["#change-again"].ClickAsync();
        await page.SeeAsync("#change-diff li", "rate 4/s → 10/s");
        await page["#change-go"].ClickAsync();
        await page.SeeAsync("#policy-news", $"{first} is in force");
    }

    [Fact]
    public async Task Places_an_error_while_one_types_in_the_words_of_check()
    {
        await using var gateway = await TestGateway.StartAsync(Policy);
        await using var page = await chromium.OpenAsync(gateway, "#policy/edit");

        await page.TypePolicyAsync(static text => text.Replace("\"timeout\"", "\"tiemout\"", StringComparison.Ordinal));

        await page.SeeAsync("#problems button.error", "tiemout");
        var text = await page["#policy-text"].InputValueAsync();
        var said = gateway.Host.Store.Check(Encoding.UTF8.GetBytes(text)).Problems.Where(static p => p.Severity == Severity.Error).ToArray();
        Assert.Equal(said.Select(static p => p.ToString()), await page["#problems button.error"].AllTextContentsAsync());
        Assert.Equal("4", await page["#policy-lines .error"].TextContentAsync());
        Assert.True(await page["#edit-put"].IsDisabledAsync());

        await page["#problems button.error"].ClickAsync();
        var caret = await page.Page.EvaluateAsync<int>("document.getElementById('policy-text').selectionStart");
        Assert.Equal(said[0].Column, caret - text.LastIndexOf('\n', caret));
        Assert.StartsWith("\"tiemout\"", text[caret..], StringComparison.Ordinal);
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task Indents_with_tab_and_lets_go_after_escape()
    {
        await using var gateway = await TestGateway.StartAsync(Policy);
        await using var page = await chromium.OpenAsync(gateway, "#policy/edit");
        await page.SeeAsync("#check-result", "0 errors");
        await page["#policy-text"].FocusAsync();

        await page.Page.Keyboard.PressAsync("Tab");
        Assert.StartsWith("  {", await page["#policy-text"].InputValueAsync(), StringComparison.Ordinal);
        await page.Page.Keyboard.PressAsync("Escape");
        await page.Page.Keyboard.PressAsync("Tab");

        Assert.NotEqual("policy-text", await page.Page.EvaluateAsync<string>("document.activeElement.id"));
        Assert.StartsWith("  {", await page["#policy-text"].InputValueAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Puts_the_text_in_force_with_its_comments_and_its_line_ends()
    {
        await using var gateway = await TestGateway.StartAsync(Policy.ReplaceLineEndings("\r\n"));
        await using var page = await chromium.OpenAsync(gateway, "#policy/edit");

        await page.TypePolicyAsync(static text => text.Replace("3s", "1s", StringComparison.Ordinal));
        await page.SeeAsync("#edit-diff li", "timeout 3s → 1s");
        await page["#edit-put"].ClickAsync();
        await page.SeeAsync("#change-diff li", "timeout 3s → 1s");
        await page.SayWhyAsync("rehearsal");

        await page.SeeAsync("#policy-news", "is in force");
        Assert.Equal(Policy.ReplaceLineEndings("\r\n").Replace("3s", "1s", StringComparison.Ordinal), await File.ReadAllTextAsync(gateway.PolicyFile));
        Assert.Equal(TimeSpan.FromSeconds(1), gateway.Host.Store.Current.Routes[0].Timeout);
        await page.SeeAsync("#audit tr", "rehearsal");
        await page.SeeAsync("#edit-base", $"{gateway.Host.Store.Current.Revision} (in force)");
        await page.SeeAsync("#edit-why", "Nothing is changed yet.");
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task Keeps_what_was_typed_when_somebody_else_was_quicker()
    {
        await using var gateway = await TestGateway.StartAsync(Policy);
        await using var page = await chromium.OpenAsync(gateway, "#policy/edit");
        await page.TypePolicyAsync(static text => text.Replace("3s", "1s", StringComparison.Ordinal));
        await page["#edit-put"].ClickAsync();
        await page.SeeAsync("#change-diff li", "timeout 3s → 1s");

        await gateway.ReloadAsync(Faster);
        var theirs = gateway.Host.Store.Current.Revision;
        await page.SayWhyAsync("mine");

        await page.SeeAsync("#change-problem", $"revision {theirs} came between");
        Assert.Equal(theirs, gateway.Host.Store.Current.Revision);
        await page["#change-again"].ClickAsync();
        await page.SeeAsync("#edit-came", $"Revision {theirs} came between.");
        Assert.Contains("\"1s\"", await page["#policy-text"].InputValueAsync(), StringComparison.Ordinal);

        // Having looked: the difference now tells what of theirs would be undone.
        await page["#edit-rebase"].ClickAsync();
        await page.SeeAsync("#change-diff li", "rate 5/s → 10/s");
        await page.SayWhyAsync("mine after all");
        await page.SeeAsync("#policy-news", "is in force");
        Assert.Equal(Policy.Replace("3s", "1s", StringComparison.Ordinal), await File.ReadAllTextAsync(gateway.PolicyFile));
    }

    [Fact]
    public async Task Leads_from_a_rejected_file_to_its_text_and_puts_the_mended_one_in_force()
    {
        await using var gateway = await TestGateway.StartAsync(Policy);
        await using var page = await chromium.OpenAsync(gateway);
        var broken = Policy.Replace("\"timeout\": \"3s\"", "\"tiemout\": \"1s\"", StringComparison.Ordinal)
            .Replace("\"routes\"", "\"fallbacks\": { \"unused\": { \"body\": \"x\" } },\n  \"routes\"", StringComparison.Ordinal);
        await File.WriteAllTextAsync(gateway.PolicyFile, broken);
        gateway.Host.Reload();

        await page.SeeAsync("#rejected-title", "was rejected");
        var problems = gateway.Host.Store.Check(Encoding.UTF8.GetBytes(broken)).Problems;
        Assert.Equal((Severity.Warning, Severity.Error), (problems[0].Severity, problems[^1].Severity));
        // What keeps the file out stands first.
        Assert.Equal(
            string.Join('\n', new PolicyReport(gateway.PolicyFile, Encoding.UTF8.GetBytes(broken)).Render(problems.OrderByDescending(static p => p.Severity))),
            await page["#rejected-problems"].TextContentAsync());

        await page["#rejected-edit"].ClickAsync();
        await page.SeeAsync("#edit-base", "the file, which was rejected");
        await page.SeeAsync("#problems button.error", "tiemout");
        await page["#policy-text"].FillAsync(broken.Replace("tiemout", "timeout", StringComparison.Ordinal));
        await page.SeeAsync("#check-result", "0 errors");
        await page["#edit-put"].ClickAsync();
        await page.SayWhyAsync("mended");

        await page.SeeAsync("#policy-news", "is in force");
        await page["#rejected"].WaitForAsync(new() { State = WaitForSelectorState.Hidden });
        Assert.Equal(TimeSpan.FromSeconds(1), gateway.Host.Store.Current.Routes[0].Timeout);
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task Lets_a_viewer_see_all_and_change_nothing()
    {
        await using var gateway = await TestGateway.StartAsync(Policy, static o => o with { AdminToken = "the-admin", ViewerToken = "the-viewer" }, null);
        await gateway.ReloadAsync(Faster);
        await using var page = await chromium.OpenAsync(gateway, "#policy");
        await page["#login-token"].FillAsync("the-viewer");
        await page["#login button.go"].ClickAsync();

        await page.SeeAsync("#viewer", "all can be seen, nothing changed");
        await page.SeeAsync("#diff li", "timeout 3s → 2s");
        Assert.True(await page["#revisions li:nth-child(2) > button"].IsDisabledAsync());
        Assert.True(await page["#edit-put"].IsDisabledAsync());
        await page.SeeAsync("#edit-why", "viewer");
        Assert.True(await page["#policy-text"].EvaluateAsync<bool>("area => area.readOnly && area.value.includes('Orders first')"));

        // The way up, without losing the page.
        await page["#viewer-login"].ClickAsync();
        await page["#login-token"].FillAsync("the-admin");
        await page["#login button.go"].ClickAsync();
        await page["#viewer"].WaitForAsync(new() { State = WaitForSelectorState.Hidden });
        Assert.False(await page["#revisions li:nth-child(2) > button"].IsDisabledAsync());
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task Tells_how_often_a_rule_in_shadow_would_have_refused()
    {
        var shadow = Policy.Replace("\"10/s\"", "\"1/m\", \"burst\": 1, \"mode\": \"shadow\"", StringComparison.Ordinal);
        await using var gateway = await TestGateway.StartAsync(shadow);
        for (var i = 0; i < 4; i++)
        {
            using var answer = await gateway.Client.GetAsync("/order");
        }

        await gateway.SettleAsync(4);
        var rule = (await gateway.StatusAsync()).GetProperty("shadow")[0];
        Assert.Equal(("rate-limit", "per-user", "shadow", 3), (Text(rule, "layer"), Text(rule, "rule"), Text(rule, "mode"), rule.GetProperty("would").GetInt32()));

        await using var page = await chromium.OpenAsync(gateway);
        var line = await page.SeeAsync("#shadow-list li", "per-user");
        Assert.Contains("would have refused 3 (", await line.TextContentAsync(), StringComparison.Ordinal);
        await page["#to-policy"].ClickAsync();
        await page.SeeAsync("#shadow tr", "would have refused 3");

        // The next step of a rollout, and what it still would have done is told on.
        await gateway.ReloadAsync(shadow.Replace("\"mode\": \"shadow\"", "\"enforcePercent\": 10", StringComparison.Ordinal));
        await page.SeeAsync("#shadow tr", "enforced for 10 % of the clients");
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task Explains_a_request_as_the_gateway_does()
    {
        await using var gateway = await TestGateway.StartAsync(Policy);
        await using var page = await chromium.OpenAsync(gateway, "#policy/explain");

        await page["#explain-url"].FillAsync("/order");
        await page["#explain-form button"].ClickAsync();
        await page.SeeAsync(".facts", "order /order");
        await page.SeeAsync(".steps li.admit", "per-user");

        await page["#explain-url"].FillAsync("/nowhere");
        await page["#explain-form button"].ClickAsync();
        await page.SeeAsync(".facts", "none");
        await page.SeeAsync(".facts .end", "404");
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task Shows_what_would_be_refused_and_says_so_where_the_gateway_cannot_explain()
    {
        await using var gateway = await TestGateway.StartAsync(Policy);
        await using var page = await chromium.OpenAsync(gateway, "#policy/explain");
        var asked = string.Empty;
        await page.Page.RouteAsync("**/api/explain", route => route.FulfillAsync(new() { Status = 404, Json = new { title = "Not Found" } }));
        await page["#explain-form button"].ClickAsync();
        await page.SeeAsync("#explain-problem", "cannot explain requests yet");

        await page.Page.UnrouteAsync("**/api/explain");
        await page.Page.RouteAsync("**/api/explain", async route =>
        {
            asked = route.Request.PostData!;
            await route.FulfillAsync(new() { ContentType = "application/json", Body = Explained });
        });
        await page["#explain-url"].FillAsync("/order");
        await page["#explain-headers"].FillAsync("X-User-Id: u1\nVia: a\nVia: b\nnonsense");
        await page["#explain-from"].FillAsync("203.0.113.9");
        await page["#explain-form button"].ClickAsync();

        await page.SeeAsync("#explained", "forwarded to backend transaction");
        await page.SeeAsync(".steps li.would", "would refuse");
        Assert.Equal(
            """{"method":"GET","url":"/order","headers":{"X-User-Id":"u1","Via":["a","b"]},"from":"203.0.113.9"}""", asked);
        Assert.Empty(page.Complaints);
    }

    private const string Explained = """
        {"revision":"r","method":"GET","url":"/order","path":"/order",
         "client":{"peer":"203.0.113.9","address":"203.0.113.9","key":"203.0.113.9","trusted":false,"how":"it is the TCP peer","dropped":[]},
         "route":{"name":"order","chain":"transaction","criticality":"critical-plus","backend":"transaction","pattern":"/order","timeout":"3s","parameters":{}},
         "others":[],
         "steps":[{"layer":"RateLimit","rule":"per-user","mode":"shadow","verdict":"refuse","would":true,"text":"0 of 10 left, 10/s","numbers":{}}],
         "end":{"outcome":"forward","layer":"","status":0,"text":"forwarded to backend transaction"}}
        """;

    private static string? Text(JsonElement of, string name) => of.GetProperty(name).GetString();
}
