namespace SandGlass.LoadTests.Comparing;

/// <summary>Sent and well answered of one chain.</summary>
internal sealed record Part(string Name, long Sent, long Good)
{
    public double Share => Sent == 0 ? 0 : (double)Good / Sent;
}

/// <summary>One measurement: one peer under one load.</summary>
/// <param name="Peer">Who.</param>
/// <param name="Times">Of the shop's capacity.</param>
/// <param name="Round">From 1.</param>
/// <param name="Seconds">That were measured.</param>
/// <param name="Invalid">Why it is no measurement; empty where it is one.</param>
/// <param name="Chains">In the order of tables.</param>
/// <param name="Orders">The one kind of request that the event is for.</param>
/// <param name="P50Ms">Of good answers of all kinds, from the planned moment.</param>
/// <param name="P99Ms">The same.</param>
/// <param name="TransactionP99Ms">Of those of the transaction chain.</param>
/// <param name="Done">Requests that the shop worked on in the time.</param>
/// <param name="Wasted">Of them for clients that had left.</param>
/// <param name="CpuUs">Of the peer, microseconds a request that came; null where the machine does not tell.</param>
/// <param name="Outcomes">How often each came.</param>
internal sealed record Cell(
    string Peer, double Times, int Round, double Seconds, IReadOnlyList<string> Invalid, IReadOnlyList<Part> Chains, Part Orders, double P50Ms, double P99Ms, double TransactionP99Ms, long Done,
    long Wasted, double? CpuUs, IReadOnlyDictionary<string, long> Outcomes)
{
    public long Sent => Chains.Sum(static c => c.Sent);

    public long Good => Chains.Sum(static c => c.Good);

    /// <summary>Of good answers, the part that cost the shop no work; below 0 where it worked more than it was good for.</summary>
    public double Saved => Good == 0 ? 0 : 1 - ((double)Done / Good);
}
