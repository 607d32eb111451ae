namespace SandGlass.Fleet;

/// <summary>
/// Times of which only one wall clock has told: this gateway's own, over a restart, or that of another which does not know better either. Each stays in doubt
/// until the fleet tells how much has passed. Where nobody there knows, this gateway's word is taken after a while, if Redis' clock agrees with the one by which
/// it was read; else it stays in doubt. Not thread-safe: its owner has a lock.
/// </summary>
/// <param name="time">Both clocks.</param>
public sealed class Doubts(TimeProvider time)
{
    // Clocks kept by NTP are milliseconds apart; by so much an end may be wrong that nobody knows better.
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(5);

    // Whoever knows better has told so by then: gateways look for news several times a second.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly DateTimeOffset _wall = time.GetUtcNow();
    private readonly long _tick = time.GetTimestamp();

    // By name, since when the fleet has been heard with nobody telling; null: it was not heard yet.
    private readonly Dictionary<string, long?> _open = new(StringComparer.Ordinal);
    private bool _agrees;

    /// <summary>The wall clock by which this gateway reads what was kept: as it was at the start, whatever somebody does to it afterwards.</summary>
    public DateTimeOffset Now => _wall + time.GetElapsedTime(_tick);

    /// <summary>Whether a name is in doubt.</summary>
    public bool Contains(string name) => _open.ContainsKey(name);

    /// <summary>What was found at the start.</summary>
    public void Restored(string name) => _open[name] = null;

    /// <summary>What the fleet has told without saying how much has passed.</summary>
    public void Heard(string name) => _open[name] = time.GetTimestamp();

    /// <summary>It is known now, or gone.</summary>
    public bool Remove(string name) => _open.Remove(name);

    /// <summary>The fleet was heard.</summary>
    /// <param name="clock">Redis', at this moment.</param>
    public void Compare(DateTimeOffset clock)
    {
        _agrees = (Now - clock).Duration() <= Tolerance;
        foreach (var (name, _) in _open.Where(static d => d.Value is null).ToArray())
        {
            _open[name] = time.GetTimestamp();
        }
    }

    /// <summary>Those for which this gateway's word is taken now; they are in doubt no more.</summary>
    /// <param name="isAlone">Whether there is no fleet that could know better.</param>
    public IReadOnlyList<string> Settle(bool isAlone)
    {
        if (_open.Count == 0 || !(isAlone || _agrees))
        {
            return [];
        }

        var settled = _open.Where(d => isAlone || (d.Value is { } since && time.GetElapsedTime(since) >= Patience)).Select(static d => d.Key).ToArray();
        foreach (var name in settled)
        {
            _open.Remove(name);
        }

        return settled;
    }
}
