namespace SandGlass.Algorithms.Concurrency;

public sealed class AdmissionGate(IConcurrencyLimit limit)
{
    public int InFlight => throw new NotImplementedException();

    public int Queued => throw new NotImplementedException();

    public int LimitNow(in GatePlan plan) => limit.Current(plan.Limit);

    public Verdict TryEnter(in GatePlan plan, int criticality, long now, out GateTicket? ticket) => throw new NotImplementedException();

    public void Leave(in GatePlan plan, long startedAt, long now, Outcome outcome) => throw new NotImplementedException();

    public void Expire(in GatePlan plan, long now) => throw new NotImplementedException();
}
