using System.Collections.Concurrent;

namespace SandGlass.Hosting;

/// <summary>
/// Keys for which a background loop has a call to make, each at most so often. Bounded; anybody adds, one loop takes. A key is off the list while
/// its call is made, so that whoever asks meanwhile is not forgotten, and on it again if the call fails.
/// </summary>
/// <typeparam name="T">What is known of a key.</typeparam>
/// <param name="every">How often for one key.</param>
/// <param name="waits">Whether a key that is too early waits for its time; else it is forgotten, and somebody asks again.</param>
/// <param name="time">The clock.</param>
internal sealed class PacedKeys<T>(TimeSpan every, bool waits, TimeProvider time)
{
    /// <summary>The most keys.</summary>
    public const int Most = 2048;

    private readonly ConcurrentDictionary<UInt128, T> _keys = new();
    private readonly Dictionary<UInt128, long> _done = [];

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => _keys.IsEmpty;

    /// <summary>Adds a key; false where there is no room.</summary>
    public bool TryAdd(UInt128 key, T what)
    {
        if (_keys.Count >= Most)
        {
            return _keys.ContainsKey(key);
        }

        _keys.TryAdd(key, what);
        return true;
    }

    /// <summary>Whether a key is waiting.</summary>
    public bool Contains(UInt128 key) => _keys.ContainsKey(key);

    /// <summary>No call is to be made for it; whether there was one to be made.</summary>
    public bool Remove(UInt128 key) => _keys.TryRemove(key, out _);

    /// <summary>The next call for it needs no pause. Of the loop only.</summary>
    public void Unpace(UInt128 key) => _done.Remove(key);

    /// <summary>Makes calls, one after the other; how many. Of the loop only.</summary>
    /// <param name="calls">The most.</param>
    /// <param name="callAsync">Makes one; if it fails, the rest is for another time.</param>
    /// <param name="paced">Whether the pause of a key counts.</param>
    public async Task<int> EachAsync(int calls, Func<UInt128, T, Task> callAsync, bool paced = true)
    {
        var (made, now) = (0, time.GetTimestamp());
        if (_done.Count > Most * 4)
        {
            _done.Clear();
        }

        foreach (var (key, what) in _keys)
        {
            if (made == calls)
            {
                break;
            }

            if (paced && _done.TryGetValue(key, out var last) && time.GetElapsedTime(last, now) < every)
            {
                if (!waits)
                {
                    Remove(key);
                }

                continue;
            }

            made++;
            Remove(key);
            try
            {
                await callAsync(key, what).ConfigureAwait(false);
            }
            catch
            {
                _keys.TryAdd(key, what);
                throw;
            }

            _done[key] = now;
        }

        return made;
    }
}
