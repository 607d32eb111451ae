namespace SandGlass.DemoShop;

/// <summary>What one backend has seen, at one moment. <c>/_shop/*</c> and <c>/healthz</c> are not counted.</summary>
/// <param name="Requests">All that arrived.</param>
/// <param name="InFlight">Arrived and not yet ended, those in the queue included.</param>
/// <param name="ByStatus">Ended, by status; 499 where the client left first.</param>
/// <param name="P50Ms">Median from arrival until the answer begins, within 7 %.</param>
public sealed record ShopStats(
    string Backend,
    long Requests,
    long InFlight,
    int BusyWorkers,
    int Queued,
    IReadOnlyDictionary<int, long> ByStatus,
    FaultCounts Faults,
    double P50Ms,
    double P99Ms);

/// <summary>How often each fault that strikes by chance has struck.</summary>
public sealed record FaultCounts(long Errors, long Hangs, long Resets, long Malformed);
