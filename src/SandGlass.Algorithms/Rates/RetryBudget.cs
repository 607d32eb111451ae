namespace SandGlass.Algorithms.Rates;

/// <summary>
/// Keeps second attempts from becoming the storm they answer: a bucket that each request fills by a fraction, and time by ten a second, so
/// that quiet routes have some too. An attempt takes one. Attempts ≤ 50 + ratio × requests + 10/s × time: it begins full and holds
/// <see cref="Most"/>, enough for the failures that it takes to eject a destination, and too little to double the load of a busy one.
/// A deposit is one interlocked word, and none at all while the bucket is full.
/// </summary>
public sealed class RetryBudget
{
    /// <summary>Attempts a second that time alone gives.</summary>
    public const int PerSecond = 10;

    /// <summary>What it holds, in attempts.</summary>
    public const int Most = 50;

    private const long One = 1000;

    private readonly Lock _lock = new();
    private long _tokens = Most * One;
    private long _at = long.MinValue;

    /// <summary>Attempts that could be made now, but for what time has added since the last one.</summary>
    public double Left => (double)Volatile.Read(ref _tokens) / One;

    /// <summary>A request has come.</summary>
    /// <param name="ratio">Attempts that it pays for, 0..1.</param>
    public void Deposit(double ratio)
    {
        if (Volatile.Read(ref _tokens) < Most * One)
        {
            Interlocked.Add(ref _tokens, (long)(ratio * One));
        }
    }

    /// <summary>Takes one attempt, if there is one.</summary>
    /// <param name="now">Monotonic ticks.</param>
    /// <param name="ticksPerSecond">Of the clock.</param>
    public bool TryTake(long now, long ticksPerSecond)
    {
        lock (_lock)
        {
            // Before the first attempt it is full, whatever time has passed.
            long elapsed = _at == long.MinValue ? 0 : Math.Clamp(now - _at, 0, ticksPerSecond * Most);
            long gained = elapsed * PerSecond * One / ticksPerSecond;
            if (gained > 0 || _at == long.MinValue)
            {
                _at = now;
            }

            long filled = Interlocked.Add(ref _tokens, gained);
            long tokens = Math.Min(filled, Most * One);
            bool enough = tokens >= One;
            Interlocked.Add(ref _tokens, tokens - filled - (enough ? One : 0));
            return enough;
        }
    }
}
