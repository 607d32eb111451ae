namespace SandGlass.Algorithms.HotKeys;

/// <summary>
/// Finds the keys that a route is asked for most, among any number of them, in fixed memory: HeavyKeeper's cells, halved each second, and the
/// largest counts in a heap. A key's rate is its count over one second and the part of the present one that has passed, since a key of
/// steady rate r has r right after a halving and 2 r right before the next.
/// <para>
/// Nobody waits: of two requests at once one may go uncounted, and what is read is scaled by that. Memory is taken at the first
/// request; nothing is allocated after that, but by a halving, 4 KB a second.
/// </para>
/// </summary>
/// <param name="top">How many keys are kept by name, 1 to 8,192.</param>
/// <param name="width">Columns of the sketch: 16 bytes each.</param>
public sealed class HotKeySketch(int top = 128, int width = 16_384)
{
    private readonly Lock _lock = new();
    private Cells? _cells;
    private TopKeys? _keys;
    private long _began;
    private double _all;
    private long _heard;
    private int _unheard;
    private volatile ulong[] _hot = [];
    private int _promotions;

    /// <summary>Bytes that it takes.</summary>
    public long Bytes => (Volatile.Read(ref _cells)?.Bytes ?? 0) + (top * 48L);

    /// <summary>How many keys have become hot since the start.</summary>
    public int Promotions => Volatile.Read(ref _promotions);

    /// <summary>Whether a key was hot when it was last looked at; one volatile read, and a search among the hot ones.</summary>
    public bool IsHot(ulong key) => _hot is { Length: > 0 } hot && Array.BinarySearch(hot, key) >= 0;

    /// <summary>Counts one request, and says how its key stands.</summary>
    /// <param name="plan">When it is hot.</param>
    /// <param name="key">A keyed hash of it: who chooses keys must not choose whose cell they wear off.</param>
    /// <param name="now">Monotonic ticks.</param>
    /// <param name="roll">[0, 1), new for each call.</param>
    public HotKeyAnswer Add(in HotKeyPlan plan, ulong key, long now, double roll)
    {
        if (!_lock.TryEnter())
        {
            Interlocked.Increment(ref _unheard);
            return new(IsHot(key), false);
        }

        try
        {
            Begin(plan, now);
            _all++;
            _heard++;
            int count = _cells!.Add(key, roll);
            int at = _keys!.Find(key);
            bool entered = at < 0 && count > _keys.Least;
            if (at < 0 && !entered)
            {
                return default;
            }

            // Once it is among the largest nobody wears it off: it is counted there by itself, whatever becomes of its cells.
            at = entered ? _keys.Add(key, count) : _keys.Set(at, Math.Max(count, _keys.At(at).Count + 1));
            ref TopKeys.Entry entry = ref _keys.At(at);
            if (!entry.IsHot && Rate(plan, entry.Count, now) >= plan.PromoteAt && entry.Count >= plan.Share * _all)
            {
                entry.IsHot = true;
                Interlocked.Increment(ref _promotions);
                Publish();
            }

            return new(entry.IsHot, entry.Label is null);
        }
        finally
        {
            _lock.Exit();
        }
    }

    /// <summary>What a key is called; forgotten with it.</summary>
    public void Call(ulong key, string label)
    {
        lock (_lock)
        {
            if (_keys is { } keys && keys.Find(key) is >= 0 and var at)
            {
                keys.At(at).Label = label;
            }
        }
    }

    /// <summary>The keys asked for most, the most first.</summary>
    public IReadOnlyList<HotKey> Top(in HotKeyPlan plan, long now)
    {
        TopKeys.Entry[] found;
        double all, rate;
        lock (_lock)
        {
            if (_keys is not { } keys)
            {
                return [];
            }

            Begin(plan, now);
            found = keys.All.ToArray();
            all = Math.Max(1, _all);
            rate = Rate(plan, 1, now) * (_heard + Volatile.Read(ref _unheard)) / Math.Max(1.0, _heard);
        }

        return [.. found.OrderByDescending(static e => e.Count).ThenBy(static e => e.Key)
            .Select(e => new HotKey(e.Key, e.Count * rate, Math.Min(1, e.Count / all), e.IsHot, e.Label))];
    }

    private double Rate(in HotKeyPlan plan, double count, long now) => count / (1 + ((double)(now - _began) / plan.TicksPerSecond));

    private void Begin(in HotKeyPlan plan, long now)
    {
        if (_cells is null)
        {
            (_keys, _began) = (new TopKeys(top), now);
            Volatile.Write(ref _cells, new Cells(width));
            return;
        }

        long seconds = (now - _began) / plan.TicksPerSecond;
        if (seconds <= 0)
        {
            return;
        }

        int times = (int)Math.Min(31, seconds);
        Cool(plan, now);
        _cells.Halve(times);
        _keys!.Halve(times);
        Publish();
        _all *= Math.Pow(2, -times);
        _heard >>= times;
        Interlocked.Exchange(ref _unheard, Volatile.Read(ref _unheard) >> times);
        _began += seconds * plan.TicksPerSecond;
    }

    // For those who ask without the lock. At most a few times a second: when a key becomes hot, and when counts are halved.
    private void Publish()
    {
        List<ulong>? hot = null;
        foreach (ref readonly TopKeys.Entry entry in _keys!.All)
        {
            if (entry.IsHot)
            {
                (hot ??= []).Add(entry.Key);
            }
        }

        hot?.Sort();
        _hot = hot is null ? [] : [.. hot];
    }

    // Once a second, before the halving; at half of what made it hot, so that it does not go to and fro.
    private void Cool(in HotKeyPlan plan, long now)
    {
        for (int at = 0; at < _keys!.Count; at++)
        {
            ref TopKeys.Entry entry = ref _keys.At(at);
            entry.IsHot &= Rate(plan, entry.Count, now) >= plan.PromoteAt / 2 && entry.Count >= plan.Share * _all / 2;
        }
    }
}

/// <summary>How a key stands.</summary>
/// <param name="IsHot">Whether it is hot.</param>
/// <param name="IsNameless">Whether it is among those asked for most and nobody has said what it is called.</param>
public readonly record struct HotKeyAnswer(bool IsHot, bool IsNameless);
