using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace SandGlass.Algorithms.Keys;

/// <summary>
/// A cache bounded in bytes that evicts by SIEVE (Zhang et al., NSDI '24): entries stand in order of arrival; a hand walks from the oldest
/// to the newest, spares once what was read since it last came by, and evicts the first that was not. Keys seen once (a crawler)
/// go before the hot ones, and a hit only sets a flag: no lock, nothing moves, nothing is allocated.
/// Writes hold the private lock, which calls nothing but the dictionary and the key's own Equals and GetHashCode.
/// </summary>
/// <param name="maxBytes">The sum of what entries say they cost; one above a sixteenth of it is not stored.</param>
public sealed class SieveCache<TKey, TValue>(long maxBytes)
    where TKey : notnull
    where TValue : class
{
    private readonly ConcurrentDictionary<TKey, Entry> _entries = new(concurrencyLevel: 1, capacity: 31);
    private readonly Lock _lock = new();
    private Entry? _newest, _oldest, _hand;
    private long _bytes;
    private int _count;

    private sealed class Entry(TKey key, TValue value, long bytes)
    {
        public TKey Key { get; } = key;

        public volatile TValue Value = value;
        public volatile bool Visited;
        public long Bytes = bytes;
        public Entry? Newer, Older;
    }

    /// <summary>Entries.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>The sum of their costs, never above the bound.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>All entries, in no order, without a lock: what is stored or goes meanwhile may be there or not.</summary>
    public IEnumerable<KeyValuePair<TKey, TValue>> All => _entries.Select(static e => KeyValuePair.Create(e.Key, e.Value.Value));

    /// <summary>Finds without a lock, and marks what it finds as worth keeping.</summary>
    public bool TryGet(TKey key, [NotNullWhen(true)] out TValue? value)
    {
        if (!_entries.TryGetValue(key, out Entry? entry))
        {
            value = null;
            return false;
        }

        // Read first: a hot entry's line stays shared between the cores.
        if (!entry.Visited)
        {
            entry.Visited = true;
        }

        value = entry.Value;
        return true;
    }

    /// <summary>Finds and marks nothing.</summary>
    public bool TryPeek(TKey key, [NotNullWhen(true)] out TValue? value)
    {
        value = _entries.TryGetValue(key, out Entry? entry) ? entry.Value : null;
        return value is not null;
    }

    /// <summary>Stores or replaces, and evicts until it fits. A value too large is not stored, and takes the key's old value away with it.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value; readers that hold the one it replaces keep it.</param>
    /// <param name="bytes">What it costs, key and overhead included (an entry's own is about 150 bytes); below 1 counts as 1.</param>
    public void Set(TKey key, TValue value, long bytes)
    {
        bytes = Math.Max(1, bytes);
        lock (_lock)
        {
            _entries.TryGetValue(key, out Entry? entry);
            if (bytes > maxBytes / 16)
            {
                Drop(entry);
                return;
            }

            if (entry is not null)
            {
                entry.Value = value;
                _bytes += bytes - entry.Bytes;
                entry.Bytes = bytes;
                EvictDownTo(maxBytes);
                return;
            }

            EvictDownTo(maxBytes - bytes);
            Push(new Entry(key, value, bytes));
        }
    }

    /// <summary>Takes a key out; false if it was not there.</summary>
    public bool Remove(TKey key)
    {
        lock (_lock)
        {
            _entries.TryGetValue(key, out Entry? entry);
            Drop(entry);
            return entry is not null;
        }
    }

    private void EvictDownTo(long bytes)
    {
        while (_bytes > bytes)
        {
            Entry? entry = _hand ?? _oldest;
            // One round at most: readers may set flags as fast as the hand clears them.
            for (int spared = 0; entry is { Visited: true } && spared < _count; spared++)
            {
                entry.Visited = false;
                entry = entry.Newer ?? _oldest;
            }

            _hand = entry;
            Drop(entry);
        }
    }

    private void Push(Entry entry)
    {
        entry.Older = _newest;
        if (_newest is not null)
        {
            _newest.Newer = entry;
        }

        _newest = entry;
        _oldest ??= entry;
        _bytes += entry.Bytes;
        _count++;
        _entries[entry.Key] = entry;
    }

    private void Drop(Entry? entry)
    {
        if (entry is null)
        {
            return;
        }

        _hand = ReferenceEquals(_hand, entry) ? entry.Newer : _hand;
        _newest = ReferenceEquals(_newest, entry) ? entry.Older : _newest;
        _oldest = ReferenceEquals(_oldest, entry) ? entry.Newer : _oldest;
        if (entry.Newer is not null)
        {
            entry.Newer.Older = entry.Older;
        }

        if (entry.Older is not null)
        {
            entry.Older.Newer = entry.Newer;
        }

        _entries.TryRemove(entry.Key, out _);
        _bytes -= entry.Bytes;
        _count--;
    }
}
