namespace SandGlass.Algorithms.Breaking;

/// <summary>
/// Spares a backend that fails: closed (<see cref="ClosedState"/>) → open (<see cref="OpenState"/>) → half-open
/// (<see cref="HalfOpenState"/>) → closed or open again. Every move starts a generation, and a result of an older one is dropped.
/// Asking a closed or open breaker takes no lock and allocates nothing; reports and half-open questions hold the private lock for a few
/// steps. Memory is fixed: one state at a time. Somebody may force it open or closed for a time; then what it knows stands still.
/// </summary>
public sealed class CircuitBreaker
{
    private readonly Lock _lock = new();
    private volatile BreakerState _state = new ClosedState(0);
    private volatile ForcedPosition? _forced;

    /// <summary>The tick from which on probes pass; 0 unless open.</summary>
    public long OpenUntil => _state.Until;

    /// <summary>Where it stands. An open one whose time is over is half-open, though nobody has asked yet.</summary>
    public BreakerPosition Position(long now) => Forced(now)?.Position ?? _state.Position(now);

    /// <summary>The position that somebody has ordered; null: none, or its time is over.</summary>
    public ForcedPosition? Forced(long now) => _forced is { } forced && now < forced.Until ? forced : null;

    /// <summary>
    /// Open: nothing passes. Closed: everything passes and nothing is counted. Null: it decides by itself again, as it stood before.
    /// </summary>
    public void Force(ForcedPosition? forced) => _forced = forced;

    /// <summary>May a call pass? If so, <see cref="Report"/> is owed, with the permit.</summary>
    /// <param name="plan">The rules, as they are now.</param>
    /// <param name="now">Monotonic ticks.</param>
    /// <param name="roll">Chance in [0,1). No answer depends on it today: the jitter was rolled when the breaker opened.</param>
    /// <param name="permit">To be handed back; with a refusal, one that counts nowhere.</param>
    public Verdict Ask(in BreakerPlan plan, long now, double roll, out BreakerPermit permit)
    {
        if (_forced is not null && Forced(now) is { } forced)
        {
            permit = new BreakerPermit(BreakerPermit.NoGeneration);
            return Ordered(forced, now);
        }

        BreakerState state = _state;
        Verdict verdict = state.AsksFreely(now) ? state.Ask(plan, now, out _) : AskLocked(plan, now, out state);
        permit = new BreakerPermit(verdict.Admitted ? state.Generation : BreakerPermit.NoGeneration);
        return verdict;
    }

    /// <summary>What <see cref="Ask"/> would answer, with nothing taken and no move made.</summary>
    public Verdict Peek(in BreakerPlan plan, long now)
    {
        if (Forced(now) is { } forced)
        {
            return Ordered(forced, now);
        }

        lock (_lock)
        {
            return _state.Peek(plan, now);
        }
    }

    /// <summary>A call has ended.</summary>
    /// <param name="plan">The rules, as they are now.</param>
    /// <param name="permit">What <see cref="Ask"/> gave for it.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="duration">How long it took, in ticks.</param>
    /// <param name="now">Monotonic ticks.</param>
    /// <param name="roll">Chance in [0,1), the jitter if this opens the breaker.</param>
    public void Report(in BreakerPlan plan, BreakerPermit permit, Outcome outcome, long duration, long now, double roll)
    {
        lock (_lock)
        {
            if (permit.Generation == _state.Generation)
            {
                _state = _state.Report(plan, outcome, duration, now, roll);
            }
        }
    }

    private static Verdict Ordered(ForcedPosition forced, long now) =>
        forced.Position == BreakerPosition.Open ? Verdict.Refuse(Reasons.Forced, 0, forced.Until - now) : Verdict.Admit;

    private Verdict AskLocked(in BreakerPlan plan, long now, out BreakerState state)
    {
        lock (_lock)
        {
            Verdict verdict = _state.Ask(plan, now, out state);
            if (!ReferenceEquals(state, _state))
            {
                _state = state;
                verdict = state.Ask(plan, now, out state);
            }

            return verdict;
        }
    }
}
