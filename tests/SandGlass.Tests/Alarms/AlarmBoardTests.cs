using SandGlass.Alarms;
using SandGlass.Algorithms.Alarms;
using SandGlass.Hosting;
using SandGlass.Layers.Switch;
using SandGlass.Request;
using SandGlass.Telemetry;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Alarms;

public sealed class AlarmBoardTests : IAsyncDisposable
{
    private const string Alarms = """
        "alarms": {
          "loss": { "metric": "availability", "chain": "marketing", "below": 0.9, "for": "5s", "severity": "page" },
          "shed": { "metric": "shed.share", "criticality": "sheddable-plus", "above": 0.5, "for": "0s" },
          "slow": { "metric": "latency.p99", "chain": "marketing", "above": "300ms", "for": "0s" },
          "open": { "metric": "breakers.open", "above": 0, "for": "0s" },
          "bad-policy": { "metric": "policy.rejected", "above": 0, "for": "0s", "severity": "info" }
        }
        """;

    private readonly string _folder = TestFolder.New("alarms-");
    private readonly Glass _glass = new(Policies.With(sections: Alarms));
    private readonly Sampler _sampler;
    private readonly AlarmBoard _board;
    private readonly List<string> _told = [];

    public AlarmBoardTests()
    {
        var folder = new StateFolder(_folder, _glass.Log);
        _sampler = new(_glass.State, _glass.Store, new SwitchBoard(_glass.State, folder, new(folder, _glass.Clock, _glass.Log), _glass.Clock), _glass.Clock);
        _board = new(new(_glass.State, _glass.Store, _sampler, _folder), _glass.Clock, _glass.Log);
        _board.Changed += alarm => _told.Add($"{alarm.Name} {(alarm.IsFiring ? "fires" : "is over")}");
    }

    [Fact]
    public async Task A_loss_that_lasts_is_told_once_and_its_end_once()
    {
        await BeatAsync(3, served: 10);
        Assert.Equal((AlarmPosition.Quiet, 1.0), Now("loss"));

        await BeatAsync(4, served: 2, failed: 8);
        Assert.Equal(AlarmPosition.Pending, Now("loss").Position);
        Assert.Empty(_told);

        await BeatAsync(3, served: 2, failed: 8);
        Assert.Equal(["loss fires"], _told);

        // All is well again: ten seconds until the share knows of it wholly, ten more until it is believed.
        await BeatAsync(11, served: 10);
        Assert.Equal(["loss fires"], _told);
        await BeatAsync(15, served: 10);
        Assert.Equal(["loss fires", "loss is over"], _told);
    }

    [Fact]
    public async Task What_shed_turns_away_is_shed_and_a_quota_is_no_loss()
    {
        await BeatAsync(1, served: 1, shed: 3);
        Assert.Equal((AlarmPosition.Firing, 0.75), Now("shed"));
        Assert.Equal(0.25, Now("loss").Value);

        await BeatAsync(10, limited: 5);
        Assert.Equal((0.0, 1.0), (Now("shed").Value, Now("loss").Value));
    }

    [Fact]
    public async Task Without_requests_nothing_is_known_and_nothing_is_alarming()
    {
        await BeatAsync(2);

        Assert.Equal((AlarmPosition.Quiet, null), Now("loss"));
        Assert.Equal((AlarmPosition.Quiet, null), Now("slow"));
        Assert.Equal((AlarmPosition.Quiet, 0.0), Now("open"));
    }

    [Fact]
    public async Task Slow_answers_are_seen()
    {
        _glass.State.Ledger.Tally("marketing", "r").Count(new(RequestOutcome.Served, Place.Forward), _glass.Clock.TicksOf(TimeSpan.FromSeconds(0.5)));
        await BeatAsync(1);

        Assert.Equal(AlarmPosition.Firing, Now("slow").Position);
        Assert.InRange(Now("slow").Value!.Value, 0.48, 0.53);
    }

    [Fact]
    public async Task A_key_that_takes_most_of_its_route_is_seen_once_it_is_hot()
    {
        const string Goods = "\"alarms\": { \"goods\": { \"metric\": \"hotKey.share\", \"above\": 0.5, \"for\": \"0s\" } }";
        _glass.Apply(Policies.With(sections: Goods));
        await BeatAsync(1);
        Assert.Equal((AlarmPosition.Quiet, null), Now("goods"));

        _glass.Apply(Policies.With("\"hotKeys\": { \"key\": \"path:id\", \"promoteAt\": 5 }", Goods));
        await _glass.GetAsync("/r/1");
        await BeatAsync(1);
        Assert.Equal((AlarmPosition.Quiet, 0.0), Now("goods"));

        for (var i = 0; i < 20; i++)
        {
            await _glass.GetAsync("/r/1");
        }

        await BeatAsync(1);
        Assert.Equal(AlarmPosition.Firing, Now("goods").Position);
        // Counts are whole, and are halved each second.
        Assert.InRange(Now("goods").Value!.Value, 0.9, 1);
    }

    [Fact]
    public async Task A_rejected_policy_fires_and_an_alarm_that_is_dropped_is_over()
    {
        _glass.Store.Apply("{ nonsense"u8.ToArray());
        await BeatAsync(1);
        Assert.Equal(["bad-policy fires"], _told);

        _glass.Apply(Policies.With());
        await BeatAsync(1);
        Assert.Equal(["bad-policy fires", "bad-policy is over"], _told);
        Assert.Empty(_board.Now);
    }

    public async ValueTask DisposeAsync()
    {
        await _sampler.DisposeAsync();
        _glass.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private (AlarmPosition Position, double? Value) Now(string name)
    {
        var alarm = _board.Now.Single(a => a.Name == name);
        return (alarm.Position, alarm.Value);
    }

    // Seconds with so many requests each.
    private async Task BeatAsync(int seconds, int served = 0, int failed = 0, int shed = 0, int limited = 0)
    {
        var tally = _glass.State.Ledger.Tally("marketing", "r");
        // The sampler sets its timer on a thread of its own.
        await Eventually.TrueAsync(() => _glass.Clock.Waiting > 0, "the sampler waits for its beat");
        for (var second = 0; second < seconds; second++)
        {
            Count(served, RequestOutcome.Served, Place.Forward);
            Count(failed, RequestOutcome.Failed, Place.Forward);
            Count(shed, RequestOutcome.Refused, Place.Shed);
            Count(limited, RequestOutcome.Refused, Place.RateLimit);
            var beat = _sampler.NextBeat;
            _glass.Clock.Advance(TimeSpan.FromSeconds(1));
            await beat.WaitAsync(Eventually.Deadline);
            _board.Beat(_glass.Store.Current);
        }

        void Count(int times, RequestOutcome outcome, Place place)
        {
            for (var i = 0; i < times; i++)
            {
                tally.Count(new(outcome, place), 1);
            }
        }
    }
}
