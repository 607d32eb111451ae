namespace SandGlass.Guarding;

/// <summary>One connection of a client, and whether anything is under way on it. A feature of the connection, so that a request finds it.</summary>
/// <param name="close">Asks the connection to close once what is under way on it has ended.</param>
/// <param name="now">Monotonic ticks.</param>
internal sealed class ConnectionUse(Action close, long now)
{
    private long _usedAt = now;
    private int _underWay;
    private int _asked;

    /// <summary>A request has begun.</summary>
    public void Begin() => Interlocked.Increment(ref _underWay);

    /// <summary>A request has ended.</summary>
    public void End(long now)
    {
        Volatile.Write(ref _usedAt, now);
        Interlocked.Decrement(ref _underWay);
    }

    /// <summary>Asks the connection to close, once, if nothing has been under way on it since <paramref name="before"/>; true when it did.</summary>
    public bool CloseIfIdleSince(long before)
    {
        if (Volatile.Read(ref _underWay) != 0 || Volatile.Read(ref _usedAt) > before || Interlocked.Exchange(ref _asked, 1) != 0)
        {
            return false;
        }

        close();
        return true;
    }
}
