using Microsoft.Extensions.Logging.Abstractions;
using SandGlass.Events;
using SandGlass.Hosting;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Events;

public sealed class TimelineTests : IDisposable
{
    private readonly string _path = TestFolder.New("timeline-");
    private readonly TestClock _clock = new();
    private readonly StateFolder _folder;

    public TimelineTests() => _folder = new(_path, NullLogger.Instance);

    public void Dispose() => Directory.Delete(_path, recursive: true);

    [Fact]
    public void Tells_what_people_did_and_what_the_gateway_saw_in_order_also_after_a_restart()
    {
        var (timeline, audit) = Start();
        audit.Write("ann", "127.0.0.1", "switch reviews-off on", "slow", null, new { on = true, until = _clock.GetUtcNow() + TimeSpan.FromMinutes(30) });
        _clock.Advance(TimeSpan.FromSeconds(1));
        timeline.Add(new(_clock.GetLocalNow(), "breaker", "order", "open"));
        _clock.Advance(TimeSpan.FromSeconds(1));
        audit.Write("bob", "127.0.0.1", "plan zero-hour start", "zero hour", null, new { steps = new[] { "a" }, ends = TimeSpan.FromMinutes(30) });
        audit.Write("bob", "127.0.0.1", "policy", "another", null, null);
        audit.Write("eve", "127.0.0.1", "breaker order", "ill", null, new { position = "open", forced = true });

        string[] expected = ["switch reviews-off on by ann: slow", "breaker order open by : ", "plan zero-hour start by bob: zero hour", "breaker order forced open by eve: ill"];
        Assert.Equal(expected, Lines(timeline));
        var all = timeline.Since(DateTimeOffset.MinValue, 10);
        Assert.Equal(30, (all[0].Until!.Value - all[0].At).TotalMinutes, 3);
        Assert.Equal(30, (all[2].Until!.Value - all[2].At).TotalMinutes, 3);

        Assert.Equal(expected, Lines(Start().Timeline));
        Assert.Equal(expected[2..], Start().Timeline.Since(all[2].At, 10).Select(Line));
        Assert.Equal(expected[3..], Start().Timeline.Since(DateTimeOffset.MinValue, 1).Select(Line));
    }

    [Fact]
    public void Is_bounded_in_memory_and_on_the_disk()
    {
        var (timeline, _) = Start();
        for (var i = 0; i < Timeline.Most * 3; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(11));
            timeline.Add(new(_clock.GetLocalNow(), "breaker", $"r{i}", "open"));
        }

        Assert.Equal(Timeline.Most, timeline.Since(DateTimeOffset.MinValue, int.MaxValue).Count);
        Assert.InRange(File.ReadAllLines(Path.Combine(_path, "timeline.jsonl")).Length, Timeline.Most, Timeline.Most * 2);
        Assert.Equal($"r{(Timeline.Most * 3) - 1}", Start().Timeline.Since(DateTimeOffset.MinValue, 1)[0].Name);
    }

    [Fact]
    public void A_thousand_breakers_at_once_do_not_keep_the_disk_busy()
    {
        var (timeline, _) = Start();
        for (var i = 0; i < 1000; i++)
        {
            timeline.Add(new(_clock.GetLocalNow(), "breaker", $"r{i}", "open"));
        }

        Assert.Equal(50, File.ReadAllLines(Path.Combine(_path, "timeline.jsonl")).Length);
        Assert.Equal(1000, timeline.Since(DateTimeOffset.MinValue, int.MaxValue).Count);
    }

    [Fact]
    public void Lines_that_make_no_sense_are_passed_over_and_a_full_disk_stops_nothing()
    {
        File.WriteAllText(Path.Combine(_path, "timeline.jsonl"), "{\"at\":\"2026-11-11T00:00:00Z\",\"kind\":\"phase\",\"name\":\"peak\",\"what\":\"begins\"}\nnull\n{}\n[1]\n{\"at\":\"torn");
        File.WriteAllText(Path.Combine(_path, "audit.jsonl"), "{\"at\":7,\"what\":\"switch a on\"}\n{\"what\":null}\nx");
        var (timeline, _) = Start();
        Assert.Equal(["phase peak begins by : "], Lines(timeline));

        File.Delete(Path.Combine(_path, "timeline.jsonl"));
        Directory.CreateDirectory(Path.Combine(_path, "timeline.jsonl"));
        timeline.Add(new(_clock.GetLocalNow(), "breaker", "order", "open"));
        Assert.Equal(2, Lines(timeline).Length);
    }

    private (Timeline Timeline, Audit Audit) Start()
    {
        var audit = new Audit(_folder, _clock, NullLogger.Instance);
        return (new(_folder, audit, _clock), audit);
    }

    private static string[] Lines(Timeline timeline) => [.. timeline.Since(DateTimeOffset.MinValue, int.MaxValue).Select(Line)];

    private static string Line(TimelineEntry e) => $"{e.Kind} {e.Name} {e.What} by {e.By}: {e.Why}";
}
