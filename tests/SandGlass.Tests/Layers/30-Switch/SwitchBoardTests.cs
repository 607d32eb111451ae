using System.Text.Json;
using SandGlass.Hosting;
using SandGlass.Layers.Switch;
using SandGlass.Policy;
using SandGlass.Telemetry;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Layers.Switch;

public sealed class SwitchBoardTests : IDisposable
{
    private readonly string _folder = TestFolder.New("board-");
    private readonly Glass _glass = new(Policies.Switch("\"refuse\": {}"));

    [Fact]
    public void Outlives_a_restart()
    {
        var board = Board(_glass.State);
        board.Throw("s", true, "ann", "127.0.0.1", "too much", TimeSpan.FromMinutes(30));

        using var restarted = new GatewayState(_glass.Clock, new Defects(_glass.Log));
        _ = Board(restarted);

        var position = restarted.Switch("s").Now;
        Assert.Equal((true, "ann", "too much"), (position.On, position.By, position.Reason));
        Assert.Equal(_glass.Clock.GetUtcNow().AddMinutes(30), position.Until);
    }

    [Fact]
    public void Ends_by_itself_when_its_time_is_over()
    {
        var board = Board(_glass.State);
        board.Throw("s", true, "ann", "127.0.0.1", "too much", TimeSpan.FromMinutes(30));

        _glass.Clock.Advance(TimeSpan.FromMinutes(29));
        board.EndExpired();
        Assert.True(_glass.State.Switch("s").IsOn);

        _glass.Clock.Advance(TimeSpan.FromMinutes(1));
        board.EndExpired();
        board.EndExpired();
        Assert.False(_glass.State.Switch("s").IsOn);
        Assert.Equal(["switch s on", "switch s off"], Audit().Select(static a => a.GetProperty("what").GetString()));
        Assert.Equal("sandglass", Audit()[1].GetProperty("by").GetString());
    }

    [Fact]
    public void Stays_until_somebody_throws_it_back_where_no_end_was_given()
    {
        var board = Board(_glass.State);
        Assert.Null(board.Throw("s", true, "ann", "127.0.0.1", "too much", null).Until);
        Assert.Null(board.Throw("s", false, "ann", "127.0.0.1", "over", TimeSpan.FromMinutes(1)).Until);
        board.Throw("s", true, "ann", "127.0.0.1", "again", null);

        _glass.Clock.Advance(TimeSpan.FromDays(400));
        board.EndExpired();

        Assert.True(_glass.State.Switch("s").IsOn);
    }

    [Fact]
    public void Writes_who_when_from_where_what_and_why_in_one_line()
    {
        var board = Board(_glass.State);
        board.Throw("s", true, "ann \"o'hara\"", "127.0.0.1", "line\nbreak", null);
        board.Throw("s", false, "bob", "::1", "over", null);

        var audit = Audit();
        Assert.Equal(2, audit.Length);
        Assert.Equal(("ann \"o'hara\"", "127.0.0.1", "switch s on", "line\nbreak"), (Text(audit[0], "by"), Text(audit[0], "from"), Text(audit[0], "what"), Text(audit[0], "why")));
        Assert.Equal((false, true), (On(audit[0], "before"), On(audit[0], "after")));
        Assert.Equal((true, false), (On(audit[1], "before"), On(audit[1], "after")));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void Ends_neither_late_nor_early_when_somebody_sets_the_clock(int hours)
    {
        var board = Board(_glass.State);
        board.Throw("s", true, "ann", "127.0.0.1", "too much", TimeSpan.FromMinutes(30));

        _glass.Clock.StepWall(TimeSpan.FromHours(hours));
        board.EndExpired();
        Assert.Equal(30, (_glass.State.Switch("s").Now.Until - _glass.Clock.GetUtcNow())!.Value.TotalMinutes, 3);
        Assert.Equal(1, _glass.State.Switch("s").Now.Version);
        _glass.Clock.Advance(TimeSpan.FromMinutes(29));

        // What was kept has moved too: a restart knows the wall clock only.
        using var restarted = new GatewayState(_glass.Clock, new Defects(_glass.Log));
        var again = Board(restarted);
        Assert.True(restarted.Switch("s").IsOn);
        _glass.Clock.Advance(TimeSpan.FromMinutes(1.01));
        again.EndExpired();
        Assert.False(restarted.Switch("s").IsOn);
    }

    [Fact]
    public void Is_off_at_once_where_its_time_ran_out_while_nobody_ran()
    {
        Board(_glass.State).Throw("s", true, "ann", "127.0.0.1", "too much", TimeSpan.FromMinutes(30));
        _glass.Clock.Advance(TimeSpan.FromMinutes(31));

        using var restarted = new GatewayState(_glass.Clock, new Defects(_glass.Log));
        _ = Board(restarted);

        Assert.False(restarted.Switch("s").IsOn);
        Assert.Equal(["switch s on", "switch s off"], Audit().Select(static a => a.GetProperty("what").GetString()));
    }

    [Fact]
    public void Reads_what_an_older_version_has_kept()
    {
        File.WriteAllText(Path.Combine(_folder, "switches.json"), """{ "s": { "on": true, "since": "2026-11-10T23:00:00Z", "until": null, "by": "ann", "reason": "old" } }""");
        var board = Board(_glass.State);

        Assert.Equal((true, 0), (_glass.State.Switch("s").IsOn, _glass.State.Switch("s").Now.Version));
        Assert.True(board.TryThrow(new("s", false, "ann", "127.0.0.1", "over", null, ["0"]), out var now));
        Assert.Equal(1, now.Version);
    }

    [Fact]
    public void Turns_away_who_has_not_seen_the_last_change()
    {
        var board = Board(_glass.State);
        board.Throw("s", true, "ann", "127.0.0.1", "too much", null);

        Assert.False(board.TryThrow(new("s", false, "bob", "127.0.0.1", "did not look", null, ["0"]), out var now));
        Assert.Equal(("ann", 1), (now.By, now.Version));
        Assert.True(_glass.State.Switch("s").IsOn);
        Assert.Single(Audit());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{ \"s\": { \"on\": tr")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{ \"s\": 7 }")]
    [InlineData("\0\0\0\0")]
    public void Sets_a_torn_file_aside_and_goes_on(string torn)
    {
        File.WriteAllText(Path.Combine(_folder, "switches.json"), torn);

        var board = Board(_glass.State);
        board.Throw("s", true, "ann", "127.0.0.1", "too much", null);

        Assert.True(_glass.State.Switch("s").IsOn);
        Assert.Equal(torn != "null", File.Exists(Path.Combine(_folder, "switches.json.unreadable")));
        Assert.Contains("\"s\"", File.ReadAllText(Path.Combine(_folder, "switches.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void Changes_nothing_when_the_disk_does_not_take_it()
    {
        var board = Board(_glass.State);
        Directory.CreateDirectory(Path.Combine(_folder, "switches.json"));

        Assert.ThrowsAny<Exception>(() => board.Throw("s", true, "ann", "127.0.0.1", "too much", null));

        Assert.False(_glass.State.Switch("s").IsOn);
    }

    public void Dispose()
    {
        _glass.Dispose();
        Directory.Delete(_folder, true);
    }

    private static string? Text(JsonElement line, string name) => line.GetProperty(name).GetString();

    private static bool On(JsonElement line, string name) => line.GetProperty(name).GetProperty("on").GetBoolean();

    private SwitchBoard Board(GatewayState state)
    {
        var folder = new StateFolder(_folder, _glass.Log);
        return new(state, folder, new(folder, _glass.Clock, _glass.Log), _glass.Clock);
    }

    private JsonElement[] Audit() =>
        [.. File.ReadAllLines(Path.Combine(_folder, "audit.jsonl")).Select(static line => JsonDocument.Parse(line).RootElement.Clone())];
}
