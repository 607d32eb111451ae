namespace SandGlass.Algorithms.Alarms;

/// <summary>A share over the last beats: one second alone has too few requests at night and too many chances by day.</summary>
/// <param name="beats">How many beats are remembered.</param>
public sealed class RatioWindow(int beats)
{
    private readonly (long Part, long Whole)[] _beats = new (long, long)[beats];
    private int _next;

    /// <summary>Takes one beat in, and forgets the oldest.</summary>
    /// <returns>The share, 0..1; NaN while nothing has happened.</returns>
    public double Add(long part, long whole)
    {
        _beats[_next] = (part, whole);
        _next = (_next + 1) % _beats.Length;
        var (parts, wholes) = (0L, 0L);
        foreach (var beat in _beats)
        {
            (parts, wholes) = (parts + beat.Part, wholes + beat.Whole);
        }

        return wholes == 0 ? double.NaN : (double)parts / wholes;
    }
}
