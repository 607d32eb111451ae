using Microsoft.Extensions.Logging.Abstractions;
using SandGlass.Fleet;
using SandGlass.Hosting;
using SandGlass.Plans;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Plans;

public sealed class PlanBookTests : IDisposable
{
    private readonly string _folder = TestFolder.New("planbook-");
    private readonly TestClock _clock = new();
    private PlanBook _book;

    public PlanBookTests() => _book = Open();

    [Fact]
    public void Knows_after_a_restart_what_was_saved_and_how_much_has_passed()
    {
        Begin("p");
        _clock.Advance(TimeSpan.FromSeconds(70));
        _book.NotePassed();
        _clock.Advance(TimeSpan.FromSeconds(10));

        _book = Open();

        Assert.Equal([("p", "ann")], _book.Runs.Select(static r => (r.Key, r.Value.By)));
        // Without a fleet nobody knows better than the wall clock; and what it has told is noted.
        Assert.Equal(80, _book.Passed(_book.Runs["p"]).TotalSeconds, 3);
        Assert.Equal(80, _book.Runs["p"].Passed.TotalSeconds, 3);
    }

    [Fact]
    public void Never_gives_a_run_its_noted_time_again_when_the_clock_was_set_back()
    {
        Begin("p");
        _clock.Advance(TimeSpan.FromSeconds(59));
        _book.NotePassed();
        Assert.Equal(TimeSpan.Zero, _book.Runs["p"].Passed);
        _clock.Advance(TimeSpan.FromSeconds(11));
        _book.NotePassed();
        _clock.Advance(TimeSpan.FromSeconds(10));
        _clock.StepWall(TimeSpan.FromHours(-1));

        _book = Open();

        Assert.Equal(70, _book.Passed(_book.Runs["p"]).TotalSeconds, 3);
    }

    [Fact]
    public void Tells_once_that_another_process_has_left_a_plan_running()
    {
        Begin("p");
        Assert.False(_book.WasLeft("p"));

        _book = Open();

        Assert.True(_book.WasLeft("p"));
        Assert.False(_book.WasLeft("p"));
    }

    [Fact]
    public void Forgets_a_rehearsal_that_was_cut_off_and_marks_none()
    {
        _book.Save(Run("p") with { Position = PlanPosition.Rehearsing });
        Assert.Empty(_book.Marks);

        _book = Open();

        Assert.Empty(_book.Runs);
    }

    [Fact]
    public void Remembers_how_a_run_ended_and_where()
    {
        Begin("p");
        _book.Forget(_book.Runs["p"], new("reverted", _clock.GetUtcNow(), "bob", "over", ["a"]), rehearsed: false);

        _book = Open();

        Assert.Empty(_book.Runs);
        Assert.Equal(("reverted", "bob", "here", null), (_book.Memory("p").Last!.How, _book.Memory("p").Last!.By, _book.Memory("p").Last!.Gateway, _book.Memory("p").RehearsedAt));
        Assert.Null(_book.Marks["p"].Value.Run);
    }

    [Fact]
    public void Has_changed_nothing_where_the_disk_refuses()
    {
        Begin("p");
        var order = _book.Marks["p"].Order;
        Directory.Delete(_folder, recursive: true);
        File.WriteAllText(_folder, "not a folder");

        Assert.ThrowsAny<IOException>(() => _book.Save(_book.Runs["p"] with { Position = PlanPosition.On }));

        Assert.Equal((PlanPosition.Running, order), (_book.Runs["p"].Position, _book.Marks["p"].Order));
    }

    public void Dispose()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
        else
        {
            File.Delete(_folder);
        }
    }

    private PlanBook Open() => new(new StateFolder(_folder, NullLogger.Instance), new FleetShare { Name = "here" }, _clock);

    private void Begin(string plan)
    {
        _book.Save(Run(plan), isAct: true);
        _book.Times.Set(plan, TimeSpan.Zero);
    }

    private PlanRun Run(string plan) => new(
        plan, PlanPosition.Running, _clock.GetUtcNow(), "ann", "zero hour", [new("a", TimeSpan.Zero)], TimeSpan.FromMinutes(10), TimeSpan.Zero, null, "here", "1");
}
