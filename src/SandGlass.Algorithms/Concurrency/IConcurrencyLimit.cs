namespace SandGlass.Algorithms.Concurrency;

/// <summary>The one number of overload protection: how many requests may be under way. Fixed, or learnt from what permits report.</summary>
public interface IConcurrencyLimit
{
    /// <summary>The limit now. Called on every request: a plain read, no lock.</summary>
    int Current(in ConcurrencyPlan plan);

    /// <summary>Round trips a second, over about the last second; 0 where it is not measured.</summary>
    double Throughput => 0;

    /// <summary>Ticks that a round trip takes now; 0 where it is not measured.</summary>
    double RoundTrip => 0;

    /// <summary>A permit ended. Called outside the gate's lock, from many threads at once: the limit brings its own.</summary>
    /// <param name="plan">The bounds, as they are now.</param>
    /// <param name="now">Monotonic ticks.</param>
    /// <param name="roundTrip">Ticks since the permit was given.</param>
    /// <param name="inFlight">Permits out when it ended, this one among them.</param>
    /// <param name="outcome">How it ended.</param>
    void Sample(in ConcurrencyPlan plan, long now, long roundTrip, int inFlight, Outcome outcome);

    /// <summary>The same, by route: for a limit that knows how long each route's round trip should take. Others need not care.</summary>
    /// <param name="plan">The bounds, as they are now.</param>
    /// <param name="now">Monotonic ticks.</param>
    /// <param name="roundTrip">Ticks since the permit was given.</param>
    /// <param name="inFlight">Permits out when it ended, this one among them.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="route">The route's slot at this backend: from 0, dense, the same for a route as long as the process lives.</param>
    /// <param name="queued">Ticks of the round trip that the backend says the request waited there; below 0 where it does not say.</param>
    void Sample(in ConcurrencyPlan plan, long now, long roundTrip, int inFlight, Outcome outcome, int route, long queued = -1) =>
        Sample(plan, now, roundTrip, inFlight, outcome);
}
