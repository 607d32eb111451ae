namespace SandGlass.Algorithms.HotKeys;

/// <summary>When a key is hot. Comes in with each call, so a reload needs no migration.</summary>
/// <param name="PromoteAt">Requests a second from which on it is, above 0. It is no more below half of that.</param>
/// <param name="Share">Fraction 0..1 of the route's requests that it has to have as well; no more below half of that.</param>
/// <param name="TicksPerSecond">The clock's frequency.</param>
public readonly record struct HotKeyPlan(double PromoteAt, double Share, long TicksPerSecond);
