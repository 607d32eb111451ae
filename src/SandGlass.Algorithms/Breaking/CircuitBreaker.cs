namespace SandGlass.Algorithms.Breaking;

public sealed class CircuitBreaker
{
    public long OpenUntil { get; }

    public BreakerPosition Position(long now) => throw new NotImplementedException();

    public Verdict Ask(in BreakerPlan plan, long now, double roll, out BreakerPermit permit) => throw new NotImplementedException();

    public void Report(in BreakerPlan plan, BreakerPermit permit, Outcome outcome, long duration, long now, double roll) =>
        throw new NotImplementedException();
}
