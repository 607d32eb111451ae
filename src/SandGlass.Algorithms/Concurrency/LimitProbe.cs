namespace SandGlass.Algorithms.Concurrency;

/// <summary>
/// The look at a base while the limit is reached: the limit goes low, what the backend had queued drains, then all round trips of 120 ms count
/// (not the first so many: those are the short ones). Begins on multiples of the wall clock, so that a fleet drains the backend together:
/// every ten seconds, or on the next half second when a slower backend is suspected. Where round trips are above 200 ms a probe takes seconds,
/// so there is one in twenty, forty … seconds. The limit's lock guards it.
/// </summary>
internal struct LimitProbe
{
    /// <summary>Seconds between two, where round trips are short.</summary>
    public const double Period = 10;

    /// <summary>Ticks between two: a power of two times ten seconds, so that gateways which see about the same meet.</summary>
    public static double PeriodOf(double typical, double second) =>
        Period * second * Math.Pow(2, Math.Clamp(Math.Ceiling(Math.Log2(Math.Max(1, typical / (0.2 * second)))), 0, 4));

    private const double SuspectPeriod = 0.5;

    // Round trips that say something. In a fleet all look together, and who was wrong is evened out: so the root, but not below four.
    private const int Enough = 16, Least = 4;

    private double _restore;
    private bool _wiser, _firm, _shallow;
    private long _slot, _slotTicks, _endAt;

    /// <summary>One is wanted, or under way.</summary>
    public bool Wanted { get; private set; }

    /// <summary>It is wanted out of turn: is the backend slower?</summary>
    public bool Suspected { get; private set; }

    /// <summary>It is under way.</summary>
    public bool Running { get; private set; }

    /// <summary>The limit before the one under way.</summary>
    public double From { get; private set; }

    /// <summary>Wants one at the next multiple of the wall clock. A suspicion takes the place of the turn.</summary>
    /// <param name="suspect">Out of turn.</param>
    /// <param name="restore">The limit to go back to.</param>
    /// <param name="wall">Wall clock, ticks.</param>
    /// <param name="second">Ticks.</param>
    /// <param name="typical">Ticks of a round trip.</param>
    /// <param name="firm">Whether the suspicion stays until it has been looked into: more has raised it than two windows.</param>
    public void Want(bool suspect, double restore, long wall, double second, double typical, bool firm = false)
    {
        if (Wanted && Suspected == suspect)
        {
            return;
        }

        Wanted = true;
        _firm = firm;
        Suspected = suspect;
        _restore = restore;
        _slotTicks = (long)(suspect ? SuspectPeriod * second : _wiser ? PeriodOf(typical, second) : Period * second);
        _slot = wall / _slotTicks;
    }

    /// <summary>
    /// A suspicion is gone, now that round trips are shorter than it took to raise it. One that a probe raised stays, or a cut that was in vain: what was heard
    /// while nothing queued, or over a hundred round trips, weighs more than a window in which something may have queued, and beside a base that is a quarter
    /// too low such windows come and go (a fifth of the throughput was lost for half a minute).
    /// </summary>
    public void Clear()
    {
        if (Suspected && !_firm)
        {
            Forget();
        }
    }

    /// <summary>Not wanted any more.</summary>
    public void Forget() => Wanted = Suspected = false;

    /// <summary>True from the multiple of the wall clock on.</summary>
    public readonly bool Due(long wall) => Wanted && wall / _slotTicks != _slot;

    /// <summary>Begins. Until the tick returned the backend drains and nothing counts. A shallow one does not go below a fifth under the limit.</summary>
    public long Begin(long now, double limit, double typical, double ratio, double second, bool shallow)
    {
        _shallow = shallow;
        Running = true;
        From = limit;
        _restore = Suspected ? _restore : limit;
        long drained = now + (long)Math.Clamp(2.5 * typical * ratio, 0.05 * second, Math.Max(second, Math.Min(3 * typical, 5 * second)));
        _endAt = drained + (long)Math.Max(0.12 * second, 3 * typical);
        return drained;
    }

    /// <summary>True when enough was heard, or it takes half a second too long.</summary>
    public readonly bool Over(long now, int heard, double second) => now >= _endAt && (heard >= 32 || now > _endAt + (second / 2));

    /// <summary>What follows from R as the probe heard it.</summary>
    public ProbeAnswer End(int heard, double ratio, double limit, int min, int gateways)
    {
        bool suspected = Suspected;
        double share = _wiser ? 0.5 : 1;
        Running = false;
        Forget();
        int enough = (int)Math.Max(Least, Enough / Math.Sqrt(gateways));
        _wiser |= heard >= enough;
        if (heard < enough)
        {
            return new(false, Math.Max(limit, _restore / 2), 1, false, LimitReasons.Probe);
        }

        if (suspected)
        {
            return ratio < 1.3
                ? new(true, (limit / 0.8) + (_shallow ? 0 : Math.Sqrt(Math.Max(min, limit))), ratio > 1.25 ? ratio : Believe(heard, ratio, share), false, LimitReasons.Queueing)
                : new(true, _restore, ratio, false, LimitReasons.Slower);
        }

        return ratio > 1.25
            ? new(true, _restore, Believe(heard, Math.Min(ratio, 1.3), share), true, LimitReasons.Suspect)
            : new(true, _restore, Believe(heard, ratio, share), false, LimitReasons.Probe);
    }

    // Half the way, and less when it rests on few: a probe is short, and the base rests on thousands. The first one knows better: until then
    // the base rests on a start that grew, in which short round trips were over-represented.
    private static double Believe(int heard, double ratio, double share) => 1 + (share * (heard / (heard + 16.0)) * (ratio - 1));
}

/// <summary>What a probe found.</summary>
/// <param name="Heard">It heard enough to say anything.</param>
/// <param name="Limit">Where the limit goes.</param>
/// <param name="BaseFactor">What all bases are multiplied by.</param>
/// <param name="LookAgain">Round trips were far above the base: look again at the next half second, and decide then.</param>
/// <param name="Reason">One of <see cref="LimitReasons"/>.</param>
internal readonly record struct ProbeAnswer(bool Heard, double Limit, double BaseFactor, bool LookAgain, string Reason);
