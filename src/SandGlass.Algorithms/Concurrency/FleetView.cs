namespace SandGlass.Algorithms.Concurrency;

/// <summary>
/// What a limit knows of the other gateways before its backend, and what follows from it: whether all of them are at their limits, and for how much there is room. An advice holds for
/// three seconds, so that a fleet that is silent has no say. The limit's lock guards it.
/// </summary>
internal sealed class FleetView
{
    /// <summary>Seconds for which an advice holds.</summary>
    public const double Seconds = 3;

    // Of the way to more that is in use, with each advice: the first second of a flood is no reason for room. Of the way to this gateway's own, with each window.
    private const double Rising = 0.1, Smoothing = 0.2;

    private LimitAdvice _advice = LimitAdvice.None;
    private long _until;
    private bool _othersReach;
    private double _inUse = -1, _ownUse;

    /// <summary>The last advice; <see cref="LimitAdvice.None"/> where it holds no more.</summary>
    public ref readonly LimitAdvice Advice => ref _advice;

    /// <summary>How many ask the backend, this one included; 1 where nobody has told anything for a while.</summary>
    public int Gateways { get; private set; } = 1;

    /// <summary>What is in use has been told.</summary>
    public bool KnowsUse => Gateways > 1 && _inUse >= 0;

    /// <summary>What a limit may be that was not reached: see <see cref="RoomFor"/>; what is in use rises slowly here.</summary>
    public double Room => RoomFor(Math.Max(_inUse, _ownUse));

    /// <summary>What a limit may grow to that was reached: see <see cref="RoomFor"/>.</summary>
    public double RoomToGrow => RoomFor(Math.Max(_advice.InUse, _ownUse));

    /// <summary>Takes an advice.</summary>
    /// <param name="advice">What the others told.</param>
    /// <param name="now">Ticks.</param>
    /// <param name="second">Ticks of a second.</param>
    public void Take(in LimitAdvice advice, long now, double second)
    {
        _advice = advice;
        Gateways = Math.Max(1, advice.Gateways);
        _othersReach = advice.Even > 0;
        _inUse = advice.InUse <= _inUse || _inUse < 0 ? advice.InUse : _inUse + (Rising * (advice.InUse - _inUse));
        _until = now + (long)(Seconds * second);
    }

    /// <summary>Forgets an advice whose time is over.</summary>
    public void Expire(long now)
    {
        if (now > _until)
        {
            (_advice, Gateways) = (LimitAdvice.None, 1);
        }
    }

    /// <summary>So many requests were worked on at once for this gateway in its last window.</summary>
    public void Use(double own) => _ownUse += Smoothing * (own - _ownUse);

    /// <summary>Whether other gateways are at their limits before the same backend.</summary>
    public bool OthersReach(long now) => _othersReach && now <= _until;

    /// <summary>Whether all together see enough to steer by.</summary>
    public bool Leads(long now) => OthersReach(now) && FleetCourse.IsWorth(_advice);

    /// <summary>The mean of the limits of all that are at theirs, once with each advice; 0 where there is none (any more).</summary>
    public double TakeEven()
    {
        double even = _advice.Even;
        _advice = _advice with { Even = 0 };
        return even;
    }

    /// <summary>
    /// Where gateways are many and each has little in use, each of them sees its limit reached by two that came together, and no queue: so they would grow to many times what is ever in use,
    /// all of which a flood then finds open. What is in use (of the fleet's gateways in the mean, or of this one, if that is more), as much as chance may add to it, and two more; no bound
    /// where nobody has told what is in use.
    /// </summary>
    private double RoomFor(double inUse) => Gateways > 1 && _advice.InUse >= 0 ? 2 + inUse + (2 * Math.Min(inUse, Math.Sqrt(inUse))) : double.PositiveInfinity;
}
