using SandGlass.Hosting;
using SandGlass.Layers.Fallback;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Hosting;

public sealed class FallbackRoundsTests : IDisposable
{
    private readonly string _folder = TestFolder.New("rounds-");

    [Fact]
    public async Task Builds_each_fallback_without_a_client_as_often_as_it_says()
    {
        using var glass = new Glass(Policies.With("\"fallback\": \"f\"", $"\"fallbacks\": {{ \"f\": {{ \"body\": \"{new string('x', 40_000)}\" }}, \"g\": {{ \"redirect\": \"/x\", \"exercise\": \"10s\" }} }}"));
        var (f, g) = (glass.State.Fallback("f"), glass.State.Fallback("g"));
        await using var rounds = new FallbackRounds(() => glass.Store.Current, glass.Clock, glass.Log);
        await Eventually.TrueAsync(() => f.Total(FallbackProof.Synthetic) == 1 && g.Total(FallbackProof.Synthetic) == 1, "all are built at the start");

        await Eventually.TrueAsync(
            () =>
            {
                glass.Clock.Advance(TimeSpan.FromSeconds(1));
                return f.Total(FallbackProof.Synthetic) == 3;
            },
            "they are built again");

        // Two minutes by the one's clock; the other is due every ten seconds of them. The clock runs ahead of the rounds, so some fall into one.
        Assert.InRange(g.Total(FallbackProof.Synthetic), 4, 14);
        Assert.Equal((null, FallbackProof.Synthetic, 0), (f.Broken, f.Last!.By, glass.Total()));
    }

    [Fact]
    public async Task A_file_that_is_gone_is_told_until_it_is_back()
    {
        var file = Path.Combine(_folder, "home.html");
        File.WriteAllText(file, "home");
        using var glass = new Glass(Policies.With("\"fallback\": \"f\"", "\"fallbacks\": { \"f\": { \"file\": \"home.html\" } }"), _folder);
        var state = glass.State.Fallback("f");
        File.Delete(file);
        await using var rounds = new FallbackRounds(() => glass.Store.Current, glass.Clock, glass.Log);
        await Eventually.TrueAsync(() => state.Broken is not null, "it is missed");

        Assert.StartsWith("its file home.html is gone", state.Broken, StringComparison.Ordinal);
        Assert.Single(glass.Log.Lines, static line => line.Text.Contains("home.html", StringComparison.Ordinal));
        File.WriteAllText(file, "home");
        await RunAsync(glass, 6);
        Assert.Null(state.Broken);
    }

    [Fact]
    public async Task An_empty_lastGood_and_a_backend_that_does_not_answer_are_told()
    {
        using var glass = new Glass(Policies.With(
            "\"fallback\": \"f\"",
            "\"fallbacks\": { \"f\": { \"backend\": \"other\", \"else\": \"good\" }, \"good\": { \"lastGood\": \"1m\", \"else\": \"g\" }, \"g\": { \"body\": \"g\" } }").Replace(
            "\"backends\": {", "\"backends\": { \"other\": { \"destinations\": { \"a\": \"http://127.0.0.1:1\" } },", StringComparison.Ordinal));
        var (other, good) = (glass.State.Fallback("f"), glass.State.Fallback("good"));
        await using var rounds = new FallbackRounds(() => glass.Store.Current, glass.Clock, glass.Log);
        await Eventually.TrueAsync(() => other.Broken is not null && good.Broken is not null, "both are told");

        Assert.Equal("no good answer is known of r", good.Broken);
        Assert.StartsWith("backend other/a: connection refused", other.Broken, StringComparison.Ordinal);
        glass.Store.Current.Routes[0].LastGood!.Store.Keep(1, new() { Status = 200, Headers = [], Body = [1, 2], At = glass.Clock.GetTimestamp(), Route = glass.State.LastGoodAt("r") });
        await RunAsync(glass, 6);
        Assert.Equal((null, FallbackProof.Synthetic), (good.Broken, good.Last!.By));

        // Too old to be given is as good as none.
        await RunAsync(glass, 70);
        Assert.NotNull(good.Broken);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // The clock runs ahead of the thread pool: the rounds get real time to be made between its steps.
    private static async Task RunAsync(Glass glass, int seconds)
    {
        for (var i = 0; i < seconds; i++)
        {
            glass.Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(15), TimeProvider.System, Xunit.TestContext.Current.CancellationToken);
        }
    }
}
