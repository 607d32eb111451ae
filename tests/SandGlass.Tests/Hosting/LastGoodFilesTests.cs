using Microsoft.AspNetCore.Http;
using SandGlass.Hosting;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Hosting;

public sealed class LastGoodFilesTests : IDisposable
{
    private const string Fallbacks = "\"fallbacks\": { \"f\": { \"lastGood\": \"1m\", \"else\": \"g\" }, \"g\": { \"body\": \"g\" } }";

    private readonly string _folder = TestFolder.New("answers-");

    private string Answers => Path.Combine(_folder, "answers");

    [Fact]
    public async Task What_was_kept_outlives_a_restart_for_as_long_as_it_may()
    {
        await KeepAsync();
        Assert.NotEmpty(Directory.GetFiles(Answers, "*.bin"));

        using var soon = Glass();
        await using (var files = Files(soon))
        {
            Assert.Equal(100, soon.State.LastGood!.Count);
            Assert.Equal([7], soon.State.LastGood.Find(7, new HeaderDictionary())!.Body);
        }

        using var later = Glass();
        later.Clock.Advance(TimeSpan.FromSeconds(61));
        await using var tooLate = Files(later);
        Assert.Equal(0, later.State.LastGood!.Count);
    }

    [Fact]
    public async Task Slices_are_written_while_it_runs_and_a_kill_loses_a_minute_at_most()
    {
        using var glass = Glass();
        var files = Files(glass);
        Keep(glass, 1);
        await Eventually.TrueAsync(
            () =>
            {
                glass.Clock.Advance(TimeSpan.FromSeconds(1));
                return Directory.Exists(Answers) && Directory.GetFiles(Answers, "*.bin").Length == 1;
            },
            "the slice is written");

        // As if it were killed: nothing is disposed before the next one reads.
        using var next = Glass();
        await using (Files(next))
        {
            Assert.NotNull(next.State.LastGood!.Find(1, new HeaderDictionary()));
        }

        await files.DisposeAsync();
    }

    [Fact]
    public async Task Torn_and_foreign_files_are_set_aside_with_a_warning()
    {
        await KeepAsync();
        var torn = Directory.GetFiles(Answers, "*.bin").Order(StringComparer.Ordinal).First();
        var bytes = File.ReadAllBytes(torn);
        File.WriteAllBytes(torn, bytes[..^40]);
        File.WriteAllText(Path.Combine(Answers, "notes.txt"), "mine");

        using var glass = Glass();
        await using var files = Files(glass);

        Assert.InRange(glass.State.LastGood!.Count, 90, 99);
        Assert.True(File.Exists(torn + ".unreadable") && File.Exists(Path.Combine(Answers, "notes.txt.unreadable")));
        Assert.Equal(2, glass.Log.Lines.Count(static line => line.Text.Contains("makes no sense", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Nothing_is_written_where_the_policy_does_not_want_it()
    {
        using (var glass = new Glass(Policies.With("\"fallback\": \"f\"", Fallbacks)))
        {
            await using var files = Files(glass);
            Keep(glass, 1);
        }

        Assert.False(Directory.Exists(Answers));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Glass Glass() => new(Policies.With("\"fallback\": \"f\"", "\"lastGood\": { \"persist\": true }, " + Fallbacks));

    private LastGoodFiles Files(Glass glass) => new(glass.State, () => glass.Store.Current, new(_folder, glass.Log), glass.Clock, glass.Log);

    private async Task KeepAsync()
    {
        using var glass = Glass();
        await using var files = Files(glass);
        for (var i = 0; i < 100; i++)
        {
            Keep(glass, i);
        }
    }

    private static void Keep(Glass glass, int key) => glass.State.LastGood!.Keep(
        (UInt128)key, new() { Status = 200, Headers = [], Body = [(byte)key], At = glass.Clock.GetTimestamp(), Route = glass.State.LastGoodAt("r") });
}
