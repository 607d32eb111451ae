using SandGlass.Layers.Trust;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Layers.Trust;

public sealed class ListAgesTests
{
    [Fact]
    public async Task Says_once_a_day_that_a_list_is_too_old_and_nothing_of_younger_ones()
    {
        var folder = TestFolder.New("ages-");
        try
        {
            using var clock = new Glass(Policies.With());
            var today = DateOnly.FromDateTime(clock.Clock.GetUtcNow().UtcDateTime);
            File.WriteAllText(Path.Combine(folder, "old.txt"), $"# updated: {today.AddDays(-89):yyyy-MM-dd}\n10.0.0.0/8\n");
            File.WriteAllText(Path.Combine(folder, "new.txt"), $"# updated: {today:yyyy-MM-dd}\n192.0.2.0/24\n");
            using var glass = new Glass(
                Policies.With(sections: "\"edge\": { \"trustedProxies\": [ \"file:old.txt\", \"file:new.txt\", \"::1\" ] }"), folder);
            Assert.Equal([("old.txt", 89), ("new.txt", 0)], ListAges.Of(glass.Store.Current.Trust, glass.Clock));
            await using var ages = new ListAges(() => glass.Store.Current.Trust, glass.Clock, glass.Log);

            for (var day = 1; day <= 3; day++)
            {
                glass.Clock.Advance(TimeSpan.FromDays(1));
                await Eventually.TrueAsync(() => Warnings() == Math.Max(0, day - 1), $"day {day}: {Warnings()}");
            }

            int Warnings() => glass.Log.Lines.Count(static l => l.Text.Contains("old.txt", StringComparison.Ordinal));
            Assert.DoesNotContain(glass.Log.Lines, static l => l.Text.Contains("new.txt", StringComparison.Ordinal));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
