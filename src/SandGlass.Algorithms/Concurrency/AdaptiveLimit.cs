namespace SandGlass.Algorithms.Concurrency;

/// <summary>
/// Finds a backend's limit by itself, from round trips alone (design: algorithms.md §1, "The limiter"; a gradient in the family of
/// Netflix' Gradient2, against a base per route that is learnt while nothing queues).
/// <para>
/// A window is 100 ms and 48 round trips, or 1 s, and never shorter than a round trip: what ends sooner was begun under another limit, and
/// without that a backend of 640 ms was given nine times what it bears before the first answer told. In a window that reached the limit, R = Σ round trip / Σ base of its route decides:
/// R ≤ 1.06 grows by √L, then by half; else L·clamp(1.04/R, ½, 1) + √L, down at once and up half-way. The √L also evens out gateways
/// that share a backend. What a base is can only be heard while nothing queues: when the limit is not reached, or in a probe
/// (<see cref="LimitProbe"/>), every ten seconds, or within half a second when cutting does not shorten the round trips: the backend
/// itself has become slower, and cutting further would only starve it. A backend that says how long requests have waited there is believed
/// before all that: R is then what it says, bases are learnt under any load, and nobody has to listen.
/// </para>
/// Costs a short private lock a sample, for which nobody waits; nothing is allocated but a slot for a route first met. Time comes with the samples, so no timer is needed.
/// </summary>
public sealed class AdaptiveLimit : IConcurrencyLimit
{
    private const int Warm = 256, Enough = 48, Begun = 32;
    private const double Plenty = 128, Calm = 1.06, Aim = 1.04, High = 1.3, Obvious = 3;
    // How much of √L is added where the backend says itself what queues: no base may be wrong then, for which the rest would make up.
    private const double ToldSlack = 0.5;
    // Of the way to the others' mean, with each advice; and seconds for which an advice holds.
    private const double Evenly = 0.5, AdviceSeconds = 3;
    // How far a base may be above what the others believe, and for how long before they should have seen the same.
    private const double Alone = 1.08, AloneSeconds = 3;

    private readonly Lock _lock = new();
    private readonly RouteBases _routes = new();
    private readonly double _second;
    private long _wallAhead;
    private int _published;

    private volatile int _gateways = 1;
    private volatile bool _reached;
    private int _unheard;

    // The window. These and all below belong to the lock.
    private bool _begun;
    private long _opened, _deafUntil;
    private int _failures, _ended;

    // The course.
    private double _limit, _closedLimit, _ratio = 1, _throughput, _roundTrip;
    private int _calmWindows, _highWindows;
    private double _before, _worst;
    private CutResponse _cut;
    private long _heardBase;
    private LimitProbe _probe;
    private FailureCut _failureCut;
    private LimitAdvice _advice = LimitAdvice.None;
    private long _advisedUntil, _raisedAt;
    private bool _wasReached, _knows, _told, _othersReach;
    private LimitPhase _phase;
    private string _reason = LimitReasons.Start;
    private long _since;

    /// <summary>A limit that has seen nothing yet: it begins at the plan's start, and doubles while that is reached and no queue shows.</summary>
    /// <param name="ticksPerSecond">Frequency of the monotonic clock; above 0.</param>
    public AdaptiveLimit(long ticksPerSecond)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ticksPerSecond);
        _second = ticksPerSecond;
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
            else if (_probe.Due(now + Volatile.Read(ref _wallAhead)))
            {
                BeginProbe(plan, now);
            }
            else if (now - _opened >= Math.Max(_second, 2 * RoundTrip) || (now - _opened >= Math.Max(_second / 10, RoundTrip) && _routes.Count + _failures >= Enough))
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

    /// <summary>What to tell the other gateways; a limit of 0 while it knows nothing but what it was told.</summary>
    public LimitHint Hint(in ConcurrencyPlan plan)
    {
        lock (_lock)
        {
            return new(_knows ? Current(plan) : 0, _ratio, _routes.Stretch, _wasReached);
        }
    }

    /// <summary>
    /// Takes what the other gateways know, once a second or so (algorithms.md §1, step 8). A limit that knows nothing is where theirs
    /// are, or, where they know nothing either, begins at the plan's start by the root of how many they are (together that is the root times the start: a start is a guess, and its part of one
    /// that is too low would refuse what could be done); what waits in the backend because of them is not taken for the work's length; and limits that are reached come together, since
    /// what is left to itself evens out over minutes only. It holds for three seconds, so that a fleet that is silent has no say.
    /// </summary>
    public void Advise(in LimitAdvice advice, in ConcurrencyPlan plan, long now)
    {
        lock (_lock)
        {
            _advice = advice;
            _gateways = Math.Max(1, advice.Gateways);
            _othersReach = advice.Even > 0;
            _advisedUntil = now + (long)(AdviceSeconds * _second);
            if (advice.Stretch > 0 && _routes.Stretch > Alone * advice.Stretch && now - _raisedAt > AloneSeconds * _second && !_probe.Running)
            {
                _routes.Scale(Math.Sqrt(advice.Stretch / _routes.Stretch));
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

    /// <summary>Ticks that a round trip takes now, queue included.</summary>
    private double RoundTrip => _routes.Typical * Math.Max(1, _ratio);

    private void Begin(long now, int current)
    {
        _begun = true;
        _opened = _since = _heardBase = now;
        _limit = current;
    }

    private void Hear(long now, long roundTrip, Outcome outcome, int route, long queued)
    {
        if (outcome == Outcome.Ignored)
        {
            return;
        }

        _ended++;
        if (outcome == Outcome.Failure)
        {
            _failures++;
        }
        else if (now >= _deafUntil)
        {
            _routes.Add(route, roundTrip, queued);
        }
    }

    private void Close(in ConcurrencyPlan plan, long now)
    {
        int heard = _routes.Count;
        _wasReached = _reached;
        if (now > _advisedUntil)
        {
            (_advice, _gateways) = (LimitAdvice.None, 1);
        }

        // Of a fleet each gateway hears only a part, and sixteen that wait for as many round trips as one does hold sixteen starts in the backend for half a minute. So
        // they do with fewer (the root: what one guesses wrong the others make up for), and cut a queue beyond all chance before that.
        bool little = _routes.Known < Warm / Math.Sqrt(_gateways);
        double told = _routes.ToldRatio;
        _told = told > 0;
        double measured = _routes.Ratio();
        _ratio = Smooth(heard, _told ? told : measured);
        if (_told)
        {
            _routes.LearnTold();
            _probe.Forget();
            _heardBase = now;
        }

        bool cold = little && !(_gateways > 1 && _reached && _routes.Known >= Begun && _ratio > Obvious);
        if (cold)
        {
            _heardBase = now - (long)LimitProbe.PeriodOf(_routes.Typical, _second);
        }

        double failing = _failureCut.Judge(_failures, _ended - _failures, (now - _opened) / _second, _limit, now, (long)(LimitProbe.Period * _second));
        if (failing > 0)
        {
            _calmWindows = 0;
            _cut.Forget();
            Move(plan, now, failing, failing < _limit ? LimitPhase.Cutting : LimitPhase.Steady, LimitReasons.Failures);
        }
        else if (cold && _reached && _advice.Start <= 0 && _routes.Known >= Begun && _ratio <= High)
        {
            Start(plan, now);
        }
        else if (cold || !_reached)
        {
            Stay(plan, now, cold);
        }
        else if (heard > 0)
        {
            Steer(plan, now, measured);
        }

        Reopen(now);
    }

    /// <summary>
    /// A window of few round trips is noise in the main: what the last one leads one to expect has a say in it. Behind a queue R goes as
    /// the limit does (Little), so the expectation follows the limit; without a queue R stays.
    /// </summary>
    private double Smooth(int heard, double measured)
    {
        double expected = !_reached || _closedLimit <= 0 ? measured
            : _ratio <= Calm ? _ratio
            : Math.Max(1, _ratio * _limit / _closedLimit);
        _closedLimit = _reached ? _limit : 0;
        return expected + (Math.Min(1, heard / Plenty) * (measured - expected));
    }

    /// <summary>Not reached, or too little known: what was heard is the base, but for what the other gateways let wait in the backend.</summary>
    private void Stay(in ConcurrencyPlan plan, long now, bool cold)
    {
        if (_told)
        {
            // Learnt already, free of what queued.
        }
        else if (_advice.Queueing > Calm)
        {
            // Who knows little must come to know more, or it would never have a limit of its own while the others are at theirs.
            _routes.LearnNew(_advice.Queueing, all: cold);
        }
        else
        {
            _routes.LearnFree();
        }

        _probe.Forget();
        _cut.Forget();
        _calmWindows = _highWindows = 0;
        if (!_reached)
        {
            _heardBase = now;
        }

        Move(plan, now, _limit, cold ? LimitPhase.Learning : LimitPhase.Free, !cold ? LimitReasons.Room : _advice.Start > 0 ? LimitReasons.Fleet : LimitReasons.Start);
    }

    /// <summary>Little known and already reached: twice as much, as long as that does not show. The base is what the first few have shown.</summary>
    private void Start(in ConcurrencyPlan plan, long now)
    {
        if (_ratio <= Calm && !_told)
        {
            _routes.LearnFull();
        }

        Move(plan, now, 2 * _limit, LimitPhase.Growing, LimitReasons.Start);
        _deafUntil = now + (long)RoundTrip;
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
            Balance(plan, now, measured);
        }

        double period = LimitProbe.PeriodOf(_routes.Typical, _second);
        if (!_probe.Wanted && now - _heardBase > 0.6 * period)
        {
            _probe.Want(suspect: false, _limit, now + Volatile.Read(ref _wallAhead), _second, _routes.Typical);
        }
    }

    private void Grow(in ConcurrencyPlan plan, long now)
    {
        _highWindows = 0;
        _cut.Forget();
        _probe.Forget();
        double root = Math.Sqrt(_limit);
        if (++_calmWindows == 1)
        {
            Move(plan, now, _limit + root, LimitPhase.Growing, LimitReasons.NoQueue);
            return;
        }

        if (!_told)
        {
            _routes.LearnFull();
        }

        Move(plan, now, Math.Max(_limit + root, 1.5 * _limit), LimitPhase.Growing, LimitReasons.NoQueue);
        _deafUntil = now + (long)RoundTrip;
    }

    private void Balance(in ConcurrencyPlan plan, long now, double measured)
    {
        _calmWindows = 0;
        double was = _limit;
        double target = (was * Math.Clamp(Aim / _ratio, 0.5, 1)) + ((_told ? ToldSlack : 1) * Math.Sqrt(was));
        double next = target < was ? target : was + ((target - was) / 2);
        if (_ratio > High)
        {
            if (_highWindows++ == 0 && !_probe.Suspected)
            {
                (_before, _worst) = (was, _ratio);
            }

            // What ends now was begun under the old limit. All ends are left out for a while, not the early begun: those are the long ones.
            _worst = Math.Max(_worst, _ratio);
            _deafUntil = now + (long)Math.Min(5 * _second, _routes.Typical * _ratio);
        }
        else
        {
            _highWindows = 0;
            if (_ratio < 1.25)
            {
                _probe.Clear();
            }
        }

        // In a fleet R does not follow the limit of one of them.
        if (_told || OthersReach(now) || _probe.Suspected)
        {
            _cut.Forget();
        }
        else if (_cut.IsInVain(was, _ratio, measured, _routes.Count))
        {
            (_before, _worst) = (_cut.From, _cut.Worst);
            _probe.Want(suspect: true, _before, now + Volatile.Read(ref _wallAhead), _second, _routes.Typical, firm: true);
        }

        next = _probe.Suspected ? Math.Max(next, 0.6 * _before) : next;
        if (!_told && _highWindows >= 2 && next <= 0.8 * _before && _ratio >= 0.8 * _worst)
        {
            _probe.Want(suspect: true, _before, now + Volatile.Read(ref _wallAhead), _second, _routes.Typical);
        }

        if (_advice.Even > 0 && !_probe.Suspected)
        {
            next += Evenly * (_advice.Even - was);
            _advice = _advice with { Even = 0 };
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
        bool shallow = _probe.Suspected && !OthersReach(now);
        _deafUntil = _probe.Begin(now, _limit, _routes.Typical, ratio, _second, shallow);
        Reopen(now);
        _cut.Forget();
        Move(plan, now, 0.8 * (shallow ? _limit : _limit / ratio), LimitPhase.Probing, _probe.Suspected ? LimitReasons.Suspect : LimitReasons.Probe);
    }

    private void EndProbe(in ConcurrencyPlan plan, long now)
    {
        ProbeAnswer answer = _probe.End(_routes.Count, _routes.Ratio(), _limit, plan.Min);
        _ratio = answer.Heard ? _routes.Ratio() : _ratio;
        _routes.Scale(answer.BaseFactor);
        _raisedAt = answer.BaseFactor > 1 ? now : _raisedAt;
        _heardBase = now;
        _closedLimit = _calmWindows = _highWindows = 0;
        _deafUntil = now + (long)_routes.Typical;
        Reopen(now);
        if (answer.LookAgain)
        {
            _before = answer.Limit;
            _probe.Want(suspect: true, answer.Limit, now + Volatile.Read(ref _wallAhead), _second, _routes.Typical, firm: true);
        }

        Move(plan, now, answer.Limit, _probe.Suspected ? LimitPhase.Suspecting : LimitPhase.Steady, answer.Reason);
    }

    // Whether other gateways are at their limits before the same backend.
    private bool OthersReach(long now) => _othersReach && now <= _advisedUntil;

    private void Reopen(long now)
    {
        double elapsed = (now - _opened) / _second;
        _ended += Interlocked.Exchange(ref _unheard, 0);
        if (elapsed > 0.05)
        {
            Volatile.Write(ref _throughput, _throughput + (Math.Min(1, 3 * elapsed) * ((_ended / elapsed) - _throughput)));
        }

        Volatile.Write(ref _roundTrip, RoundTrip);
        _opened = now;
        _ended = 0;
        _routes.Clear();
        _failures = 0;
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

        if (phase != LimitPhase.Learning)
        {
            _knows = true;
            Volatile.Write(ref _published, (int)_limit);
        }
    }
}
