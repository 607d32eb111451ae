namespace SandGlass.Algorithms.Concurrency;

/// <summary>
/// Finds a backend's limit by itself, from round trips alone (design: algorithms.md §1, "The limiter"; a gradient in the family of
/// Netflix' Gradient2, against a base per route that is learnt while nothing queues).
/// <para>
/// A window is 100 ms and 48 round trips, or 1 s and two round trips, and not shorter than a round trip of up to five seconds: what ends sooner was begun under another limit, and
/// without that a backend of 640 ms was given nine times what it bears before the first answer told. In a window that reached the limit, R = Σ round trip / Σ base of its route decides:
/// R ≤ 1.06 grows by √L, then by half; else L·clamp(1.04/R, ½, 1) + √L, down at once and up half-way. The √L also evens out gateways
/// that share a backend. What a base is can only be heard while nothing queues: when the limit is not reached, or in a probe
/// (<see cref="LimitProbe"/>), every ten seconds, or within half a second when cutting does not shorten the round trips: the backend
/// itself has become slower, and cutting further would only starve it. A backend that says how long requests have waited there is believed
/// before all that: R is then what it says, bases are learnt under any load, and nobody has to listen.
/// </para>
/// Costs a short private lock a sample, for which no sample waits; nothing is allocated but a slot for a route first met. Time comes with the samples, so no timer is needed.
/// </summary>
public sealed class AdaptiveLimit : IConcurrencyLimit
{
    private const int Warm = 256, Begun = 32;
    // Round trips in time, after a start: before so many those that ended are the short ones, and what the first of them have taught is forgotten (BeginAnew).
    private const int Uncensored = 8, Censored = 5;
    private const double Plenty = 128, Calm = 1.06, Aim = 1.04, Obvious = 3;
    // How much of √L is added where the backend says itself what queues: no base may be wrong then, for which the rest would make up.
    private const double ToldSlack = 0.5;
    // Of the way to the others' mean, with each advice.
    private const double Evenly = 0.5;
    // Times the work, and of the time somebody waits, that is left for an answer where R is heard late.
    private const double Unheard = 8, MostUnheard = 0.6;
    // R of a few round trips that chance explains, and a limit that is not in use.
    private const double ByChance = 1.5, Idle = 0.4;
    // How far a base may be above what all others but one believe, and for how long before they should have seen the same.
    private const double Alone = 1.08, AloneSeconds = 3;

    private readonly Lock _lock = new();
    private readonly RouteBases _routes = new();
    private readonly FleetView _view = new();
    private readonly double _second;
    private long _wallAhead;
    private int _published;

    private volatile int _gateways = 1;
    private volatile bool _reached;
    private int _unheard;

    // The window. These and all below belong to the lock, as routes and view do.
    private bool _begun;
    private LimitWindow _window;

    // The course.
    private double _limit, _closedLimit, _ratio = 1, _throughput, _roundTrip;
    private int _calmWindows;
    private Suspicion _suspicion;
    private long _heardBase;
    private LimitProbe _probe;
    private FailureCut _failureCut;
    private FleetCourse _fleet;
    private LimitHint _last;
    private long _beganAt, _raisedAt;
    private bool _wasReached, _atLimit, _few, _knows, _begunAnew, _told, _isGuess = true, _little = true, _cold = true;
    private LimitPhase _phase;
    private string _reason = LimitReasons.Start;
    private long _since;

    /// <summary>A limit that has seen nothing yet: it begins at the plan's start, and doubles while that is reached and no queue shows.</summary>
    /// <param name="ticksPerSecond">Frequency of the monotonic clock; above 0.</param>
    public AdaptiveLimit(long ticksPerSecond)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ticksPerSecond);
        _second = ticksPerSecond;
        _window = new(ticksPerSecond);
    }

    /// <inheritdoc/>
    public int Current(in ConcurrencyPlan plan)
    {
        int published = Volatile.Read(ref _published);
        return Math.Max(plan.Min, Math.Min(published == 0 ? (int)(plan.Initial / Math.Sqrt(_gateways)) : published, plan.Max));
    }

    /// <inheritdoc/>
    public double Throughput => Volatile.Read(ref _throughput);

    /// <inheritdoc/>
    double IConcurrencyLimit.RoundTrip => Volatile.Read(ref _roundTrip);

    /// <summary>
    /// Says how the wall clock stands to the monotonic one, so that all gateways probe together: one that probes alone cannot drain what
    /// the others hold in the backend. Call it at the start and now and then; some 10 ms of difference between gateways do no harm.
    /// </summary>
    /// <param name="now">Monotonic ticks.</param>
    /// <param name="wallClock">Since the Unix epoch, in ticks of the same length.</param>
    public void Align(long now, long wallClock) => Volatile.Write(ref _wallAhead, wallClock - now);

    /// <inheritdoc/>
    public void Sample(in ConcurrencyPlan plan, long now, long roundTrip, int inFlight, Outcome outcome) =>
        Sample(plan, now, roundTrip, inFlight, outcome, 0);

    /// <inheritdoc/>
    public void Sample(in ConcurrencyPlan plan, long now, long roundTrip, int inFlight, Outcome outcome, int route, long queued = -1)
    {
        int current = Current(plan);
        // The most that was under way between two ends is what the later one sees, so nothing is missed.
        if (inFlight >= current)
        {
            _reached = true;
        }

        // Nobody waits to be heard: of tens of thousands a second some may be left out, and which ones has nothing to do with how long they took.
        if (!_lock.TryEnter())
        {
            Interlocked.Increment(ref _unheard);
            return;
        }

        try
        {
            if (!_begun)
            {
                Begin(now, current);
            }

            Hear(now, roundTrip, outcome, route, queued);
            if (_probe.Running)
            {
                if (_probe.Over(now, _routes.Count, _second))
                {
                    EndProbe(plan, now);
                }
            }
            else if (_probe.Due(Wall(now)))
            {
                BeginProbe(plan, now);
            }
            else if (_window.IsOver(now, _routes.Count, RoundTrip))
            {
                Close(plan, now);
            }
        }
        finally
        {
            _lock.Exit();
        }
    }

    /// <summary>How it stands.</summary>
    public LimitStatus Status(in ConcurrencyPlan plan)
    {
        lock (_lock)
        {
            return new(Current(plan), _ratio, _routes.Typical, _throughput, _routes.Known, _phase, _reason, _since, _told);
        }
    }

    /// <summary>What to tell the other gateways; a limit of 0 while it knows nothing but what it was told. Who is asked no more says nothing of the backend.</summary>
    /// <param name="plan">Bounds, as they are now.</param>
    /// <param name="now">Monotonic ticks.</param>
    public LimitHint Hint(in ConcurrencyPlan plan, long now)
    {
        lock (_lock)
        {
            bool isStale = _window.Elapsed(now) * _second > Math.Max(FleetView.Seconds * _second, 4 * RoundTrip);
            LimitHint last = isStale ? default : _last;
            // A look is no limit.
            int limit = _probe.Running ? (int)Math.Max(plan.Min, Math.Min(_probe.From, plan.Max)) : Current(plan);
            return last with { IsGuess = _isGuess, Limit = _knows ? limit : 0, Ratio = _ratio, Stretch = _routes.Stretch, IsReached = _wasReached && !_little && !isStale };
        }
    }

    /// <summary>
    /// Takes what the other gateways know, once a second or so (algorithms.md §1, step 8). A limit that knows nothing is where theirs
    /// are, or, where they know nothing either, begins at the plan's start by the root of how many they are (together that is the root times the start: a start is a guess, and its part of one
    /// that is too low would refuse what could be done), but not far above what is in use; what waits in the backend because of them is not taken for the work's length; limits that are reached
    /// come together, since what is left to itself evens out over minutes only; and who sees little steers by what all see (<see cref="FleetCourse"/>). It holds for three
    /// seconds, so that a fleet that is silent has no say.
    /// </summary>
    public void Advise(in LimitAdvice advice, in ConcurrencyPlan plan, long now)
    {
        lock (_lock)
        {
            _view.Take(advice, now, _second);
            _gateways = _view.Gateways;
            // Noise lets all of them believe in a little less than they heard free, too, and that is no reason to follow: who followed down only led the others down.
            double stretch = Math.Max(1, advice.Stretch);
            if (advice.Stretch > 0 && _routes.Stretch > Alone * stretch && now - _raisedAt > AloneSeconds * _second && !_probe.Running)
            {
                _routes.Draw(Math.Sqrt(stretch / _routes.Stretch));
            }

            if (advice.Start > 0 && !_knows)
            {
                _limit = Math.Max(plan.Min, Math.Min(advice.Start, plan.Max));
                _reason = LimitReasons.Fleet;
                Volatile.Write(ref _published, (int)_limit);
            }
            else if (!_knows)
            {
                _limit = Current(plan);
            }

            if (_isGuess && _gateways > 1 && !_probe.Running)
            {
                // Sixteen guesses of five are eighty before eight workers.
                double start = advice.Start > 0 ? advice.Start : plan.Initial / Math.Sqrt(_gateways);
                _limit = Math.Max(plan.Min, Math.Min(advice.IsLearnt ? start : Math.Min(start, _view.Room), plan.Max));
                Volatile.Write(ref _published, (int)_limit);
            }

            if (_wasReached && !_cold && !_probe.Running && _few && _view.Leads(now) && _fleet.IsFresh(now))
            {
                Follow(plan, now);
            }
        }
    }

    /// <summary>What this gateway itself has learnt of a route, to tell the others; 0 seconds, 0 round trips where it has nothing.</summary>
    public LearntBase OwnBase(int route)
    {
        lock (_lock)
        {
            // What will be forgotten (BeginAnew) is not told, or it comes back from those who were told.
            (double ticks, int known) = _gateways > 1 && !_begunAnew && Censored * _routes.Typical > _second ? default : _routes.OwnOf(route);
            return new(ticks / _second, known);
        }
    }

    /// <summary>Takes what the other gateways have learnt of a route. It counts as long as this one knows little: another may be nearer to the backend.</summary>
    public void LendBase(int route, in LearntBase theirs)
    {
        lock (_lock)
        {
            _routes.Lend(route, theirs.Seconds * _second, theirs.Known);
        }
    }

    /// <summary>What a round trip on this route takes when nothing queues, in ticks; 0 while fewer than 16 are known.</summary>
    public double BaseOf(int route)
    {
        lock (_lock)
        {
            return _routes.BaseOf(route);
        }
    }

    /// <summary>
    /// Of the time that somebody waits, what must be left for the backend's answer: a round trip as it is now, what waits in the backend included. R may be wrong, and if all were refused
    /// for it nobody would be left to show that it is: so at most half of the time, but for what the work itself takes. A fleet's gateway that hears few round trips hears of a queue
    /// seconds late: it leaves eight times the work, three fifths of the time at most. Otherwise it let in, in a surge, who had waited for most of his time, and the backend worked for those who had gone.
    /// </summary>
    /// <param name="route">The route's slot.</param>
    /// <param name="patience">Ticks.</param>
    /// <returns>Ticks; 0 while fewer than 16 round trips are known.</returns>
    public long TimeFor(int route, long patience)
    {
        lock (_lock)
        {
            double work = _routes.BaseOf(route);
            double usual = Math.Min(work * Math.Max(1, _ratio), Math.Max(work, patience / 2.0));
            return (long)(_few && _gateways > 1 ? Math.Max(usual, Math.Min(Unheard * work, MostUnheard * patience)) : usual);
        }
    }

    /// <summary>
    /// Ticks that a round trip takes now, queue included: five seconds of that at most, and one where the limit was not reached. One answer that was late must not make the next window as long.
    /// </summary>
    private double RoundTrip => Math.Clamp(_routes.Typical * _ratio, _routes.Typical, Math.Max(_routes.Typical, (_wasReached ? 5 : 1) * _second));

    private void Begin(long now, int current)
    {
        _begun = true;
        _beganAt = _since = _heardBase = now;
        _window.Open(now);
        _limit = current;
    }

    private void Hear(long now, long roundTrip, Outcome outcome, int route, long queued)
    {
        bool counts = _window.Hears(now);
        if (counts)
        {
            _routes.Spend(roundTrip);
        }

        if (outcome == Outcome.Ignored)
        {
            return;
        }

        _window.End(outcome == Outcome.Failure);
        if (counts && outcome != Outcome.Failure)
        {
            _routes.Add(route, roundTrip, queued);
        }
    }

    private void Close(in ConcurrencyPlan plan, long now)
    {
        int heard = _routes.Count;
        double listened = _window.Listened(now);
        Expire(plan, now);
        BeginAnew(now);

        // Of a fleet each gateway hears only a part, and sixteen that wait for as many round trips as one does hold sixteen starts in the backend for half a minute. So
        // they do with fewer (the root: what one guesses wrong the others make up for), and cut a queue beyond all chance before that.
        double told = _routes.ToldRatio;
        _told = told > 0;
        double measured = _routes.Ratio();
        // Told as reached, too, where that was chance: in the simulation a fleet that says less of itself lost 2 % where each sees little.
        _wasReached = _reached;
        _atLimit = _wasReached && !IsByChance(listened, measured);
        // What all of a fleet have learnt in a second is enough in number, and yet of the short ones only.
        _little = _routes.Known < Warm / Math.Sqrt(_gateways) || (_gateways > 1 && now - _beganAt < Uncensored * _routes.Typical);
        double smooth = Smooth(heard, _told ? told : measured);
        _few = heard < FleetCourse.Few;
        bool follows = _atLimit && _few && _view.Leads(now);
        if (!follows)
        {
            _ratio = smooth;
            _fleet.Pause();
        }

        _last = _last with { Heard = heard, Measured = _told ? told : measured };
        if (_window.IsLong(listened, RoundTrip))
        {
            double work = _routes.Worth / listened;
            _view.Use(work);
            _last = _last with { Work = work };
        }

        if (_told)
        {
            _routes.LearnTold();
            _probe.Forget();
            _heardBase = now;
        }

        bool cold = _cold = _little && !(_gateways > 1 && _atLimit && _routes.Known >= Begun && _ratio > Obvious);
        if (cold)
        {
            _heardBase = now - (long)LimitProbe.PeriodOf(_routes.Typical, _second);
        }

        double failing = _failureCut.Judge(_window.Failures, _window.Well, _window.Elapsed(now), _limit, now, (long)(LimitProbe.Period * _second));
        if (failing > 0)
        {
            _calmWindows = 0;
            _suspicion.Forget();
            Move(plan, now, failing, failing < _limit ? LimitPhase.Cutting : LimitPhase.Steady, LimitReasons.Failures);
        }
        else if (cold && _atLimit && _view.Advice.Start <= 0 && _routes.Known >= Begun && _ratio <= Suspicion.High)
        {
            Start(plan, now);
        }
        else if (cold || !_atLimit)
        {
            Stay(plan, now, cold);
        }
        else if (follows)
        {
            _routes.LearnNew(_ratio);
        }
        else if (heard > 0)
        {
            _fleet.Leave();
            Steer(plan, now, measured);
        }

        Reopen(now);
    }

    /// <summary>An advice whose time is over. A guess that was as small as what a quiet fleet had in use is its part of the start again: who is left may have to bear a flood alone.</summary>
    private void Expire(in ConcurrencyPlan plan, long now)
    {
        int were = _gateways;
        _view.Expire(now);
        _gateways = _view.Gateways;
        if (were > 1 && _gateways == 1 && _isGuess && !_probe.Running)
        {
            _limit = Math.Max(_limit, Math.Max(plan.Min, Math.Min(plan.Initial / Math.Sqrt(were), plan.Max)));
            Volatile.Write(ref _published, (int)_limit);
        }
    }

    /// <summary>
    /// Once, and in a fleet only: what was learnt in the first round trips is of the short ones where those take longer than a second together, and each gateway has few others to make up for it.
    /// </summary>
    private void BeginAnew(long now)
    {
        double censored = Censored * _routes.Typical;
        if (_begunAnew || censored <= 0 || now - _beganAt < censored)
        {
            return;
        }

        // Who has been alone so long has heard the long ones, too, and is not to forget them in the flood for which a second gateway is started.
        _begunAnew = true;
        if (_gateways > 1 && censored > _second)
        {
            _routes.Forget();
            _suspicion.Forget();
            _probe.Forget();
            _ratio = 1;
            _closedLimit = 0;
        }
    }

    /// <summary>
    /// A window of few round trips is noise in the main: what the last one leads one to expect has a say in it. Behind a queue R goes as
    /// the limit does (Little), so the expectation follows the limit; without a queue R stays. A fleet that grows by little steps beside a base that is a little too low
    /// is without one: expecting R to grow as well held R up, and the growth back.
    /// </summary>
    private double Smooth(int heard, double measured)
    {
        bool isMildGrowth = _gateways > 1 && heard >= FleetCourse.Few && _ratio <= Suspicion.High && _limit > _closedLimit;
        double expected = !_atLimit || _closedLimit <= 0 ? measured
            : _ratio <= Calm || isMildGrowth ? _ratio
            : Math.Max(1, _ratio * _limit / _closedLimit);
        _closedLimit = _atLimit ? _limit : 0;
        return expected + (Math.Min(1, heard / Plenty) * (measured - expected));
    }

    /// <summary>Not reached, or too little known: what was heard is the base, but for what the other gateways let wait in the backend.</summary>
    private void Stay(in ConcurrencyPlan plan, long now, bool cold)
    {
        if (_told)
        {
            // Learnt already, free of what queued.
        }
        else if (_view.Advice.Queueing > Calm)
        {
            // Who knows little must come to know more, or it would never have a limit of its own while the others are at theirs.
            _routes.LearnNew(_view.Advice.Queueing, all: cold);
        }
        else
        {
            _routes.LearnFree(isAlone: _gateways == 1);
        }

        _probe.Forget();
        _suspicion.Forget();
        _calmWindows = 0;
        if (!_atLimit)
        {
            _heardBase = now;
        }

        // After a flood, limits that are too low for chance would refuse where there is room.
        double room = !cold && _view.KnowsUse ? Math.Max(_limit, _view.Room) : _limit;
        Move(plan, now, room, cold ? LimitPhase.Learning : LimitPhase.Free, !cold ? LimitReasons.Room : _view.Advice.Start > 0 ? LimitReasons.Fleet : LimitReasons.Start);
    }

    /// <summary>Little known and already reached: twice as much, as long as that does not show. The base is what the first few have shown.</summary>
    private void Start(in ConcurrencyPlan plan, long now)
    {
        if (_ratio <= Calm && !_told)
        {
            _routes.LearnFull();
        }

        double was = _limit;
        Move(plan, now, Grown(2 * _limit), LimitPhase.Growing, LimitReasons.Start);
        if (_limit > was)
        {
            _window.DeafenUntil(now + (long)RoundTrip);
        }
    }

    /// <summary>Reached: R decides.</summary>
    private void Steer(in ConcurrencyPlan plan, long now, double measured)
    {
        _routes.LearnNew(_ratio);
        if (_ratio <= Calm)
        {
            Grow(plan, now);
        }
        else
        {
            Balance(plan, now, measured, (_limit * Math.Clamp(Aim / _ratio, 0.5, 1)) + ((_told ? ToldSlack : 1) * Math.Sqrt(_limit)));
        }

        WantProbe(now);
    }

    /// <summary>The fleet decides: R of all, from the mean of all limits.</summary>
    private void Follow(in ConcurrencyPlan plan, long now)
    {
        if (_fleet.Join())
        {
            _calmWindows = 0;
            _suspicion.Forget();
            _probe.Clear();
        }

        _ratio = _fleet.Ratio(_view.Advice, _ratio, _limit, Calm, Plenty);
        double even = _view.TakeEven(), from = _limit = even > 0 ? even : _limit;
        if (_ratio <= Calm)
        {
            Grow(plan, now);
            _fleet.Step(now, RoundTrip, _second);
        }
        else
        {
            Balance(plan, now, _view.Advice.Measured, FleetCourse.Target(from, _ratio, Aim, _view.Advice.Reached, _told ? ToldSlack : 1));
            if (_limit < 0.9 * from)
            {
                _fleet.Step(now, RoundTrip, _second);
            }
        }

        WantProbe(now);
    }

    private void WantProbe(long now)
    {
        double period = LimitProbe.PeriodOf(_routes.Typical, _second);
        if (!_probe.Wanted && now - _heardBase > 0.6 * period)
        {
            _probe.Want(suspect: false, _limit, Wall(now), _second, _routes.Typical);
        }
    }

    private void Suspect(long now, bool firm) => _probe.Want(suspect: true, _suspicion.Before, Wall(now), _second, _routes.Typical, firm);

    private long Wall(long now) => now + Volatile.Read(ref _wallAhead);

    private void Grow(in ConcurrencyPlan plan, long now)
    {
        _suspicion.Forget();
        _probe.Forget();
        double root = Math.Sqrt(_limit);
        if (++_calmWindows == 1)
        {
            Move(plan, now, Grown(_limit + root), LimitPhase.Growing, LimitReasons.NoQueue);
            return;
        }

        if (!_told)
        {
            _routes.LearnFull();
        }

        double was = _limit;
        Move(plan, now, Grown(Math.Max(_limit + root, 1.5 * _limit)), LimitPhase.Growing, LimitReasons.NoQueue);
        // What ends soon was begun under the old limit, if there is another.
        if (_limit > was)
        {
            _window.DeafenUntil(now + (long)RoundTrip);
        }
    }

    private void Balance(in ConcurrencyPlan plan, long now, double measured, double target)
    {
        _calmWindows = 0;
        double was = _limit;
        double next = target < was ? target : was + ((target - was) / 2);
        _suspicion.Hear(was, _ratio, _probe.Suspected);
        if (_ratio > Suspicion.High)
        {
            // What ends now was begun under the old limit. All ends are left out for a while, not the early begun: those are the long ones.
            _window.DeafenUntil(now + (long)Math.Min(5 * _second, _routes.Typical * _ratio));
        }
        else if (_ratio < 1.25)
        {
            _probe.Clear();
        }

        // In a fleet R does not follow the limit of one of them.
        if (_told || _view.OthersReach(now) || _probe.Suspected)
        {
            _suspicion.ForgetCut();
        }
        else if (_suspicion.IsCutInVain(was, _ratio, measured, _routes.Count))
        {
            Suspect(now, firm: true);
        }

        next = _probe.Suspected ? Math.Max(next, _suspicion.Least) : next;
        if (!_told && _suspicion.IsRaised(next, _ratio))
        {
            Suspect(now, firm: false);
        }

        if (!_probe.Suspected && _view.TakeEven() is > 0 and var even)
        {
            next += Evenly * (even - was);
        }

        LimitPhase phase = _probe.Suspected ? LimitPhase.Suspecting : next < 0.9 * was ? LimitPhase.Cutting : LimitPhase.Steady;
        Move(plan, now, next, phase, _probe.Suspected ? LimitReasons.Suspect : LimitReasons.Queueing);
    }

    private void BeginProbe(in ConcurrencyPlan plan, long now)
    {
        double ratio = Math.Max(1, _ratio);
        // L/R is what the backend has at work where the rest of L waits there. A suspicion doubts just that: where the work is slower nothing waits, and so low a limit
        // leaves the most critical half of what they need. A fifth below L tells too, since L has been cut in most cases and what queues there yet makes R fall; only in
        // a fleet the others' queue would stay.
        bool shallow = _probe.Suspected && !_view.OthersReach(now);
        _window.DeafenUntil(_probe.Begin(now, _limit, _routes.Typical, ratio, _second, shallow));
        Reopen(now);
        _suspicion.ForgetCut();
        Move(plan, now, 0.8 * (shallow ? _limit : _limit / ratio), LimitPhase.Probing, _probe.Suspected ? LimitReasons.Suspect : LimitReasons.Probe);
    }

    private void EndProbe(in ConcurrencyPlan plan, long now)
    {
        ProbeAnswer answer = _probe.End(_routes.Count, _routes.Ratio(), _limit, plan.Min, _gateways);
        _ratio = answer.Heard ? _routes.Ratio() : _ratio;
        _routes.Scale(answer.BaseFactor);
        _raisedAt = answer.BaseFactor > 1 ? now : _raisedAt;
        _heardBase = now;
        _last = _last with { Heard = 0 };
        _closedLimit = _calmWindows = 0;
        _suspicion.Forget();
        _window.DeafenUntil(now + (long)_routes.Typical);
        Reopen(now);
        if (answer.LookAgain)
        {
            _suspicion.LookedFrom(answer.Limit);
            Suspect(now, firm: true);
        }

        Move(plan, now, answer.Limit, _probe.Suspected ? LimitPhase.Suspecting : LimitPhase.Steady, answer.Reason);
    }

    private double Grown(double limit) => Math.Max(_limit, Math.Min(limit, _view.RoomToGrow));

    /// <summary>
    /// Of a fleet's small limits: reached, but on the whole not in use, and R is within what chance makes of a few round trips. Who learnt only from windows in which no two came together
    /// would learn from the short ones, and came to believe in a fifth less.
    /// </summary>
    private bool IsByChance(double listened, double measured) =>
        _gateways > 1 && measured < ByChance && _window.IsLong(listened, RoundTrip) && _routes.Spent / listened < Idle * _limit;

    private void Reopen(long now)
    {
        double elapsed = _window.Elapsed(now), perSecond = _window.Reopen(now, Interlocked.Exchange(ref _unheard, 0));
        if (perSecond >= 0)
        {
            Volatile.Write(ref _throughput, _throughput + (Math.Min(1, 3 * elapsed) * (perSecond - _throughput)));
        }

        Volatile.Write(ref _roundTrip, RoundTrip);
        _routes.Clear();
        _reached = false;
    }

    private void Move(in ConcurrencyPlan plan, long now, double limit, LimitPhase phase, string reason)
    {
        _limit = Math.Max(plan.Min, Math.Min(limit, plan.Max));
        _reason = reason;
        if (_phase != phase)
        {
            _phase = phase;
            _since = now;
        }

        _isGuess &= phase is LimitPhase.Learning or LimitPhase.Free;
        if (phase != LimitPhase.Learning)
        {
            _knows = true;
            Volatile.Write(ref _published, (int)_limit);
        }
    }
}
