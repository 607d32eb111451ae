using System.Collections.Concurrent;
using SandGlass.Algorithms.Counting;

namespace SandGlass.Algorithms.HotKeys;

/// <summary>
/// What was hot today: each key that became so, how often it was asked for, its best second, and how many backend calls were saved. At most
/// <see cref="Most"/> keys; beyond that the one that was asked for least goes. Begins anew with each day.
/// </summary>
public sealed class HotDay
{
    /// <summary>Keys kept.</summary>
    public const int Most = 256;

    private readonly ConcurrentDictionary<ulong, Entry> _keys = new();
    private int _day = int.MinValue;

    /// <summary>A backend call was not needed for this key; nothing is counted for one that was never hot.</summary>
    public void Saved(ulong key)
    {
        if (_keys.TryGetValue(key, out var entry))
        {
            entry.Saved.Add();
        }
    }

    /// <summary>Takes in what is asked for most. By one caller, about once a second.</summary>
    /// <param name="top">The keys.</param>
    /// <param name="seconds">Since the last time.</param>
    /// <param name="day">A number that is the day's own.</param>
    public void Feed(IReadOnlyList<HotKey> top, double seconds, int day)
    {
        ArgumentNullException.ThrowIfNull(top);
        if (day != _day)
        {
            _day = day;
            _keys.Clear();
        }

        foreach (var key in top)
        {
            if (!_keys.TryGetValue(key.Key, out var entry))
            {
                if (!key.IsHot)
                {
                    continue;
                }

                _keys[key.Key] = entry = new();
            }

            entry.Requests += key.PerSecond * seconds;
            entry.Peak = Math.Max(entry.Peak, key.PerSecond);
            entry.Label ??= key.Label;
        }

        while (_keys.Count > Most)
        {
            _keys.TryRemove(_keys.MinBy(static k => k.Value.Requests).Key, out _);
        }
    }

    /// <summary>Today's keys, the one asked for most first.</summary>
    public IReadOnlyList<HotOfDay> Today =>
        [.. _keys.Select(static k => new HotOfDay(k.Key, k.Value.Label, k.Value.Requests, k.Value.Peak, k.Value.Saved.Sum())).OrderByDescending(static k => k.Requests).ThenBy(static k => k.Key)];

    private sealed class Entry
    {
        public string? Label { get; set; }

        public double Requests { get; set; }

        public double Peak { get; set; }

        public StripedCounter Saved { get; } = new();
    }
}

/// <summary>One of today's hot keys.</summary>
/// <param name="Key">Its hash.</param>
/// <param name="Label">What it is called.</param>
/// <param name="Requests">How often it was asked for since it became hot; about, since rates are summed.</param>
/// <param name="Peak">The most in a second.</param>
/// <param name="Saved">Backend calls that were not needed.</param>
public readonly record struct HotOfDay(ulong Key, string? Label, double Requests, double Peak, long Saved);
