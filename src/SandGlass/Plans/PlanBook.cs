using SandGlass.Algorithms.Sharing;
using SandGlass.Fleet;
using SandGlass.Hosting;

namespace SandGlass.Plans;

/// <summary>
/// What this gateway knows of the plans: those that run, what is remembered of the others, and where each stands in the fleet; all of it on the disk
/// before it counts. A run's time is noted there too, and moved along when somebody sets the wall clock. Not thread-safe: its owner has a lock.
/// </summary>
internal sealed class PlanBook
{
    // How much of a run's time a restart may not know of, where it has no other clock than the wall's. A write a minute, while a plan runs.
    private static readonly TimeSpan Note = TimeSpan.FromMinutes(1);

    private readonly PlanFile _file;
    private readonly FleetShare _share;
    private readonly TimeProvider _time;
    private readonly WallSteps _steps;
    private readonly HashSet<string> _restored = new(StringComparer.Ordinal);
    private Dictionary<string, PlanRun> _runs;
    private Dictionary<string, PlanMemory> _memories;
    private Dictionary<string, Register<PlanStand>> _marks;

    /// <summary>Takes up the plans as they were left; a rehearsal that was cut off is forgotten.</summary>
    public PlanBook(StateFolder folder, FleetShare share, TimeProvider time)
    {
        (_share, _time) = (share, time);
        _file = new(folder);
        _steps = new(time);
        Times = new(time);
        (_runs, _memories, _marks) = _file.Read();
        var now = time.GetUtcNow();
        foreach (var run in _runs.Values.ToArray())
        {
            if (run.Position == PlanPosition.Rehearsing)
            {
                _runs.Remove(run.Plan);
                continue;
            }

            _restored.Add(run.Plan);
            var more = PlanTimes.Max(now - run.Since - run.Passed, TimeSpan.Zero);
            Times.Restored(run.Plan, run.Passed, more);
            _runs[run.Plan] = run with { Since = now - run.Passed - more };
        }

        Settle();
    }

    /// <summary>Plans that run, by name.</summary>
    public IReadOnlyDictionary<string, PlanRun> Runs => _runs;

    /// <summary>Where plans stand, as the fleet agrees on it.</summary>
    public IReadOnlyDictionary<string, Register<PlanStand>> Marks => _marks;

    /// <summary>How much of each run's time has passed.</summary>
    public PlanTimes Times { get; }

    /// <summary>What is remembered of a plan.</summary>
    public PlanMemory Memory(string plan) => _memories.GetValueOrDefault(plan) ?? new();

    /// <summary>How much of a run's time has passed.</summary>
    public TimeSpan Passed(PlanRun run) => Times.Passed(run.Plan);

    /// <summary>Whether another process of this gateway has left the plan running; true once.</summary>
    public bool WasLeft(string plan) => _restored.Remove(plan);

    /// <summary>Has a run so in memory only: what need not outlive the process, or what the disk has just refused.</summary>
    public void Hold(PlanRun run) => _runs[run.Plan] = run;

    /// <summary>A run has come so far.</summary>
    /// <param name="run">As it is now.</param>
    /// <param name="memory">What is to be remembered besides; null: the same as before.</param>
    /// <param name="isAct">Whether somebody has started it, and it has not only gone on.</param>
    /// <exception cref="IOException">The state folder cannot be written; then nothing has changed.</exception>
    public void Save(PlanRun run, PlanMemory? memory = null, bool isAct = false)
    {
        run = run with { Passed = Passed(run) };
        var runs = new Dictionary<string, PlanRun>(_runs, StringComparer.Ordinal) { [run.Plan] = run };
        var memories = memory is null ? _memories : new(_memories, StringComparer.Ordinal) { [run.Plan] = memory };
        var marks = run.Position == PlanPosition.Rehearsing ? _marks
            : Marked(run.Plan, new(run, memory ?? Memory(run.Plan)), isAct);
        Write(runs, memories, marks);
        _share.Want();
    }

    /// <summary>A run is over.</summary>
    /// <param name="run">Which.</param>
    /// <param name="end">How it ended.</param>
    /// <param name="rehearsed">Whether it was a rehearsal that went to its end.</param>
    /// <exception cref="IOException">The state folder cannot be written; then nothing has changed.</exception>
    public void Forget(PlanRun run, PlanEnd end, bool rehearsed)
    {
        var runs = new Dictionary<string, PlanRun>(_runs, StringComparer.Ordinal);
        runs.Remove(run.Plan);
        var memory = Memory(run.Plan);
        memory = memory with { Last = end with { Gateway = _share.Name }, RehearsedAt = rehearsed ? end.At : memory.RehearsedAt };
        // A rehearsal ends nothing that others have started meanwhile.
        Write(
            runs,
            new(_memories, StringComparer.Ordinal) { [run.Plan] = memory },
            Marked(run.Plan, new(null, memory), isAct: run.Position != PlanPosition.Rehearsing));
        Times.Forget(run.Plan);
        _share.Want();
    }

    /// <summary>Takes over what the fleet has agreed on.</summary>
    /// <param name="plan">Of which plan.</param>
    /// <param name="mark">Where it stands.</param>
    /// <param name="run">Its run as it goes on here; null: it does not run.</param>
    /// <exception cref="IOException">The state folder cannot be written; then nothing has changed.</exception>
    public void Enter(string plan, Register<PlanStand> mark, PlanRun? run)
    {
        var runs = new Dictionary<string, PlanRun>(_runs, StringComparer.Ordinal);
        if (run is null)
        {
            runs.Remove(plan);
        }
        else
        {
            runs[plan] = run;
        }

        Write(runs, new(_memories, StringComparer.Ordinal) { [plan] = mark.Value.Memory }, new(_marks, StringComparer.Ordinal) { [plan] = mark });
    }

    /// <summary>The mark after a change that this gateway makes.</summary>
    public Register<PlanStand> Next(Register<PlanStand> before, PlanStand stand, bool isAct) =>
        before.Next(new(new(PlanRecord.Next(before.Stamp.Version, isAct), _time.GetUtcNow().ToUnixTimeMilliseconds(), _share.Node), stand));

    /// <summary>What the wall clock has told of the time while nobody ran is believed, or was asked of the fleet in vain.</summary>
    public void Settle()
    {
        var settled = Times.Settle(isAlone: !_share.IsMember);
        if (settled.Count > 0)
        {
            _share.Want();
            NotePassed(settled);
        }
    }

    /// <summary>Notes how much has passed of the runs; else a second restart, with the clock set back in between, would give a run its time again.</summary>
    /// <param name="which">Of these; null: of those of which a minute has passed since it was noted.</param>
    public void NotePassed(IReadOnlyCollection<string>? which = null)
    {
        var noted = _runs.Values.Where(r => r.Position != PlanPosition.Rehearsing && (which?.Contains(r.Plan) ?? Passed(r) - r.Passed >= Note)).ToArray();
        if (noted.Length == 0)
        {
            return;
        }

        var runs = new Dictionary<string, PlanRun>(_runs, StringComparer.Ordinal);
        foreach (var run in noted)
        {
            runs[run.Plan] = run with { Passed = Passed(run) };
        }

        try
        {
            Write(runs, _memories, _marks);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // The next step, end or minute writes it.
        }
    }

    /// <summary>Moves the moments of the wall clock along when somebody has set it.</summary>
    /// <exception cref="IOException">The state folder cannot be written; the next call tries again.</exception>
    public void FollowTheWall()
    {
        var step = _steps.Pending;
        if (step == TimeSpan.Zero)
        {
            return;
        }

        var runs = _runs.ToDictionary(static r => r.Key, r => r.Value with { Since = r.Value.Since + step }, StringComparer.Ordinal);
        if (runs.Count > 0)
        {
            Write(runs, _memories, _marks);
        }

        _steps.Settle();
    }

    private Dictionary<string, Register<PlanStand>> Marked(string plan, PlanStand stand, bool isAct)
    {
        var before = _marks.GetValueOrDefault(plan) ?? new(new Change<PlanStand>(default, new(null, new())));
        return new(_marks, StringComparer.Ordinal) { [plan] = Next(before, stand, isAct) };
    }

    private void Write(Dictionary<string, PlanRun> runs, Dictionary<string, PlanMemory> memories, Dictionary<string, Register<PlanStand>> marks)
    {
        _file.Write(runs, memories, marks);
        (_runs, _memories, _marks) = (runs, memories, marks);
    }
}
