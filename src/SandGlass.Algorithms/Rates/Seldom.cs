namespace SandGlass.Algorithms.Rates;

/// <summary>Lets one in a while pass: the first at once, the next after a pause. For what is told to people. One word, no lock.</summary>
public sealed class Seldom
{
    private long _last = long.MinValue;

    /// <summary>Whether it is time.</summary>
    /// <param name="now">Monotonic ticks.</param>
    /// <param name="pause">Ticks.</param>
    public bool TryPass(long now, long pause)
    {
        var last = Volatile.Read(ref _last);
        return (last == long.MinValue || now - last >= pause) && Interlocked.CompareExchange(ref _last, now, last) == last;
    }
}
