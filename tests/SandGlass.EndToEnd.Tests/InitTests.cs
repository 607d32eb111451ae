namespace SandGlass.EndToEnd.Tests;

/// <summary>The first policy of a new user.</summary>
public sealed class InitTests
{
    [Fact]
    public async Task Writes_a_policy_that_check_has_nothing_to_say_of_and_its_schema()
    {
        var folder = TestFolder.New("init-");
        var file = Path.Combine(folder, "policy.json");

        var init = await Verb.RunAsync("init", file);
        var check = await Verb.RunAsync("check", file);
        var explain = await Verb.RunAsync("explain", file, "POST", "/api/orders");

        Assert.Equal((0, string.Empty), (init.Code, init.Error));
        Assert.Equal((0, string.Empty), (check.Code, check.Error));
        Assert.Contains("0 errors", check.Output, StringComparison.Ordinal);
        Assert.Contains("route    order:", explain.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(folder, "policy.schema.json")));
    }

    [Fact]
    public async Task Never_writes_over_a_file()
    {
        var file = Path.Combine(TestFolder.New("init-"), "policy.json");
        await File.WriteAllTextAsync(file, "mine");

        var (code, _, error) = await Verb.RunAsync("init", file);

        Assert.Equal((1, "mine"), (code, await File.ReadAllTextAsync(file)));
        Assert.Single(error.Trim().Split('\n'));
    }

    [Fact]
    public async Task Says_in_one_line_that_a_folder_is_missing()
    {
        var (code, _, error) = await Verb.RunAsync("init", "/nonexistent/folder/policy.json");

        Assert.Equal(3, code);
        Assert.Single(error.Trim().Split('\n'));
    }
}
