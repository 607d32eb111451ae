using System.Diagnostics;

namespace SandGlass.EndToEnd.Tests;

/// <summary>What a shell offers at Tab: verbs, options, and the switches and plans of the gateway that runs.</summary>
public sealed class CompletionTests
{
    private const string Policy = """
        {
          "backends": { "marketing": { "destinations": { "a": "http://127.0.0.1:9" } } },
          "routes": { "shop": { "chain": "marketing", "match": { "path": "/{**rest}" } } },
          "switches": { "reviews-off": { "routes": [ "shop" ], "do": { "refuse": {} } }, "search-half": { "routes": [ "shop" ], "do": { "admit": 0.5 } } },
          "plans": { "zero-hour": { "steps": [ { "switch": "reviews-off" } ] } }
        }
        """;

    [Fact]
    public async Task Offers_what_could_stand_there()
    {
        await using var gateway = await TestGateway.StartAsync(Policy);
        var admin = $"--admin {gateway.Host.AdminAddress}";

        Assert.Contains("switch", await OfferedAsync("sandglass "));
        Assert.Contains("top", await OfferedAsync("./bin/sandglass to"));
        Assert.Equal(["list", "off", "on"], (await OfferedAsync("sandglass switch ")).Where(static o => !o.StartsWith('-')).Order());
        Assert.Equal(["reviews-off", "search-half"], (await OfferedAsync($"sandglass switch {admin} on ")).Where(static o => !o.StartsWith('-')).Order());
        Assert.Equal(["reviews-off"], (await OfferedAsync($"sandglass switch {admin} off re")).Where(static o => !o.StartsWith('-')));
        Assert.Equal(["zero-hour"], (await OfferedAsync($"sandglass plan {admin} start ")).Where(static o => !o.StartsWith('-')));
        Assert.Contains("--reason", await OfferedAsync($"sandglass switch {admin} on reviews-off --re"));
        Assert.Contains("bash", await OfferedAsync("sandglass completion "));
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    public async Task The_script_works_in_a_real_shell(string shell)
    {
        var program = Programs.Find(shell);
        Assert.SkipWhen(program is null, Programs.Missing(shell, shell));
        await using var gateway = await TestGateway.StartAsync(Policy);
        var (code, script, _) = await Verb.RunAsync("completion", shell);
        Assert.Equal(0, code);
        var dll = Path.Combine(AppContext.BaseDirectory, "sandglass.dll");
        var line = $"sandglass switch --admin {gateway.Host.AdminAddress} on re";
        // As readline and zle call them; compadd only tells what it was given.
        var text = shell == "bash"
            ? $"sandglass() {{ dotnet exec '{dll}' \"$@\"; }}\n{script}\nCOMP_LINE='{line}'; COMP_POINT=${{#COMP_LINE}}; COMP_WORDS=($COMP_LINE); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _sandglass; printf '%s\\n' \"${{COMPREPLY[@]}}\""
            : $"compdef() {{ }}; compadd() {{ shift; print -l -- ${{(P)1}} }}; _files() {{ print FILES }}\nsandglass() {{ dotnet exec '{dll}' \"$@\"; }}\n{script}\nwords=(${{(z):-'{line}'}}); CURRENT=${{#words}}; _sandglass";
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = gateway.Folder };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(text);
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.True(output.Trim() == "reviews-off", $"{output}{await process.StandardError.ReadToEndAsync()}");
    }

    private static async Task<string[]> OfferedAsync(string line)
    {
        var (code, output, error) = await Verb.RunAsync($"[suggest:{line.Length}]", line);
        Assert.True(code == 0, error);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
