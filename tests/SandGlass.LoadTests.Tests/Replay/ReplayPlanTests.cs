using System.Globalization;
using SandGlass.LoadTests.Planning;
using SandGlass.LoadTests.Replay;
using SandGlass.LoadTests.Running;
using SandGlass.LoadTests.Tests.Running;
using SandGlass.Testing;
using Arrival = SandGlass.LoadTests.Running.Arrival;

namespace SandGlass.LoadTests.Tests.Replay;

public sealed class ReplayPlanTests
{
    private static readonly ReplayOptions Plain = new(1, 1, 1, 1, [], true, 1);

    private static LogFile Log(params (double At, string Target, string Client)[] entries) => new(
        "test", [.. entries.Select(static e => new LogEntry(1431857100 + e.At, "GET", e.Target, e.Client))], 0, 0, 0, entries.All(static e => e.At == Math.Floor(e.At)));

    private static Arrival[] Plan(LogFile log, ReplayOptions options) => [.. ReplayPlan.Make(log, options, new([1, 2, 3]))];

    private static string[] Targets(Arrival[] arrivals) => [.. arrivals.Select(static a => a.Replayed!.Target)];

    /// <summary>An hour of a site: whole seconds, clients and pages by Zipf's law, a busy minute in its middle.</summary>
    private static LogFile Hour()
    {
        var dice = new Dice(5);
        var (clients, pages) = (new Zipf(300, 0.8), new Zipf(200, 1.1));
        List<(double, string, string)> entries = [];
        for (var second = 0; second < 3_600; second++)
        {
            for (var left = second / 60 == 30 ? 6 : dice.Roll() * 2.5; left >= 1; left--)
            {
                entries.Add((second, $"/p/{pages.Rank(dice.Roll())}", $"c{clients.Rank(dice.Roll())}"));
            }
        }

        return Log([.. entries]);
    }

    [Fact]
    public void Requests_of_a_second_are_spread_within_it_in_their_order()
    {
        var arrivals = Plan(Log((0, "/0", "a"), (0, "/1", "a"), (0, "/2", "a"), (5, "/3", "a")), Plain);

        Assert.Equal(["/0", "/1", "/2", "/3"], Targets(arrivals));
        Assert.All(arrivals.Take(3), static a => Assert.InRange(a.At, 0, 1));
        Assert.InRange(arrivals[3].At, 5, 6);
        Assert.Equal(arrivals.Select(static a => a.At), Plan(Log((0, "/0", "a"), (0, "/1", "a"), (0, "/2", "a"), (5, "/3", "a")), Plain).Select(static a => a.At));
    }

    [Fact]
    public void Fractions_of_seconds_are_kept_as_they_are()
    {
        Assert.Equal([0, 0.5, 2.25], Plan(Log((0.25, "/", "a"), (0.75, "/", "a"), (2.5, "/", "a")), Plain).Select(static a => Math.Round(a.At, 6)));
    }

    [Fact]
    public void At_sixty_times_the_speed_order_spacing_and_counts_are_kept_and_sent()
    {
        var log = Hour();
        var arrivals = Plan(log, Plain with { Speed = 60 });
        var scenario = Some.Scenario() with { Name = "replay" };
        var server = new VirtualServer(new TestClock(), static (_, _) => (TimeSpan.FromMilliseconds(3), Some.Good));
        var recorder = server.Run(new([scenario], seed: 1, arrivals));

        Assert.Equal(log.Entries.Count, recorder.Starts);
        Assert.Equal(log.Entries.Select(static e => e.Target), server.Sent.Select(static s => s.Path));
        var begin = log.Entries[0].At;
        foreach (var (sent, entry) in server.Sent.Zip(log.Entries))
        {
            // Within its own second of the log, which is a sixtieth now.
            Assert.InRange(sent.At, (entry.At - begin) / 60, ((entry.At - begin + 1) / 60) + 0.001);
        }

        for (var minute = 0; minute < 59; minute++)
        {
            var logged = log.Entries.Count(e => e.At - begin >= minute * 60 && e.At - begin < (minute + 1) * 60);
            Assert.Equal(logged, server.Sent.Count(s => s.At >= minute && s.At < minute + 1), logged * 0.01 + 1);
        }
    }

    [Fact]
    public void Clients_keep_their_skew_and_lose_their_names()
    {
        var log = Hour();
        var arrivals = Plan(log, Plain);
        static string Client(Arrival a) => a.Replayed!.Headers.Single(static h => h.Name == "X-Forwarded-For").Value;

        Assert.Equal(
            log.Entries.GroupBy(static e => e.Client).Select(static g => g.Count()).Order(),
            arrivals.GroupBy(Client).Select(static g => g.Count()).Order());
        Assert.All(arrivals, static a => Assert.StartsWith("198.1", Client(a), StringComparison.Ordinal));
        Assert.DoesNotContain(Plan(log, Plain with { SendClients = false }), static a => a.Replayed!.Headers.Any(static h => h.Name == "X-Forwarded-For"));
    }

    [Theory]
    [InlineData(3.0)]
    [InlineData(0.5)]
    [InlineData(1.7)]
    public void Rate_multiplies_the_requests_and_not_the_time(double rate)
    {
        var log = Hour();
        var arrivals = Plan(log, Plain with { Rate = rate });

        Assert.Equal(log.Entries.Count * rate, arrivals.Length, log.Entries.Count * 0.03);
        Assert.InRange(arrivals[^1].At, 3_590, 3_601);
        Assert.Equal(arrivals.Select(static a => a.At).Order(), arrivals.Select(static a => a.At));
        var first = log.Entries.GroupBy(static e => e.Target).Max(static g => g.Count()) / (double)log.Entries.Count;
        Assert.Equal(first, arrivals.GroupBy(static a => a.Replayed!.Target).Max(static g => g.Count()) / (double)arrivals.Length, 0.02);
    }

    [Fact]
    public void The_busiest_minute_can_last_longer()
    {
        var log = Hour();
        var arrivals = Plan(log, Plain with { StretchPeak = 4 });

        int InMinute(Arrival[] all, int minute) => all.Count(a => Math.Floor(a.At / 60) == minute);
        var plain = Plan(log, Plain);
        Assert.All([30, 31, 32, 33], minute => Assert.Equal(InMinute(plain, 30), InMinute(arrivals, minute)));
        Assert.Equal(InMinute(plain, 31), InMinute(arrivals, 34));
        Assert.Equal(plain.Length + (3 * InMinute(plain, 30)), arrivals.Length);
    }

    [Fact]
    public void Loops_follow_each_other_without_a_gap_or_overlap()
    {
        var arrivals = Plan(Log((0, "/a", "x"), (9, "/b", "x")), Plain with { Loop = 3 });

        Assert.Equal(["/a", "/b", "/a", "/b", "/a", "/b"], Targets(arrivals));
        Assert.InRange(arrivals[2].At, 10, 11);
        Assert.InRange(arrivals[5].At, 29, 30);
    }

    [Fact]
    public void The_live_view_knows_what_was_planned_in_the_last_second()
    {
        var load = new Load([Some.Scenario()], seed: 1, Plan(Log((0.5, "/a", "x"), (1.0, "/b", "x"), (1.25, "/c", "x"), (3.5, "/d", "x")), Plain));

        Assert.Equal([0, 3, 2, 0, 1], new double[] { 0, 1, 1.5, 2, 3.5 }.Select(load.PlannedRate));
    }

    [Fact]
    public void Paths_are_mapped_by_the_longest_prefix_of_whole_segments()
    {
        var options = Plain with { Maps = [("/old", "/new"), ("/old/deep", "/"), ("/x", "/api/x"), ("/t/", "/u/")] };

        Assert.Equal(
            ["/new/a?q=1", "/a", "/api/x", "/other", "/older", "/new?q=1", "/u/1"],
            Targets(Plan(Log((0.1, "/old/a?q=1", "c"), (1, "/old/deep/a", "c"), (2, "/x", "c"), (3, "/other", "c"), (4, "/older", "c"), (5, "/old?q=1", "c"), (6, "/t/1", "c")), options)));
    }

    [Theory]
    [InlineData("/a?q=shoes&page=2", "/a?q=shoes&page=2")]
    [InlineData("/a?token=abc&q=x", "/a?token=h########&q=x")]
    [InlineData("/a?user_email=jane%40example.com", "/a?user_email=h########")]
    [InlineData("/a?to=jane@example.com", "/a?to=h########")]
    [InlineData("/users/jane@example.com/orders", "/users/h########/orders")]
    [InlineData("/a?api_key=1&X-Amz-Signature=2&userId=3", "/a?api_key=h########&X-Amz-Signature=h########&userId=h########")]
    public void Personal_values_are_hashed(string target, string expected)
    {
        var hashed = new Anonymizer([7]).Target(target);

        Assert.Matches("^" + System.Text.RegularExpressions.Regex.Escape(expected).Replace("\\#", "[0-9a-f]", StringComparison.Ordinal) + "$", hashed);
        Assert.Equal(hashed, new Anonymizer([7]).Target(target));
        Assert.DoesNotContain("jane", hashed, StringComparison.Ordinal);
    }

    [Fact]
    public void No_two_clients_become_one_and_another_log_gives_other_addresses()
    {
        var persons = new Anonymizer([1]);
        string[] names = [.. Enumerable.Range(0, 20_000).Select(static i => i.ToString(CultureInfo.InvariantCulture))];

        Assert.Equal(20_000, names.Select(persons.Client).Distinct().Count());
        Assert.Equal(persons.Client("7"), persons.Client("7"));
        Assert.NotEqual(names.Take(20).Select(new Anonymizer([1]).Client), names.Take(20).Select(new Anonymizer([2]).Client));
    }
}
