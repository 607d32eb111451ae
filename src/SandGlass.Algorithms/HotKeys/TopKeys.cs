namespace SandGlass.Algorithms.HotKeys;

/// <summary>
/// The keys with the largest counts: a heap with the smallest on top, and an index over it. All in arrays made once; a step costs a few
/// comparisons. The sketch's lock guards it.
/// </summary>
internal sealed class TopKeys
{
    private readonly Entry[] _heap;
    private readonly short[] _index;
    private readonly int _mask;

    public TopKeys(int most)
    {
        _heap = new Entry[most];
        int slots = 4;
        while (slots < 4 * most)
        {
            slots *= 2;
        }

        // Positions in the heap and one; 0 is empty.
        _index = new short[slots];
        _mask = slots - 1;
    }

    public int Count { get; private set; }

    /// <summary>What a newcomer has to have more of.</summary>
    public int Least => Count < _heap.Length ? 0 : _heap[0].Count;

    public ReadOnlySpan<Entry> All => _heap.AsSpan(0, Count);

    /// <summary>Where it is; −1: nowhere.</summary>
    public int Find(ulong key)
    {
        int slot = SlotOf(key);
        return _index[slot] - 1;
    }

    public ref Entry At(int position) => ref _heap[position];

    /// <summary>Its count is this now; returns where it is then.</summary>
    public int Set(int position, int count)
    {
        _heap[position].Count = count;
        return Sink(Rise(position));
    }

    /// <summary>Takes it in, in place of the least where there is no room.</summary>
    public int Add(ulong key, int count)
    {
        int position = Count;
        if (Count == _heap.Length)
        {
            Forget(_heap[0].Key);
            position = 0;
        }
        else
        {
            Count++;
        }

        _heap[position] = new Entry { Key = key, Count = count };
        _index[SlotOf(key)] = (short)(position + 1);
        return Sink(Rise(position));
    }

    /// <summary>Halves all; the order stays, and whoever has nothing left goes.</summary>
    public void Halve(int times)
    {
        times = Math.Min(times, 31);
        Entry[] before = _heap.AsSpan(0, Count).ToArray();
        Count = 0;
        Array.Clear(_index);
        foreach (Entry entry in before)
        {
            Entry halved = entry with { Count = entry.Count >> times };
            if (halved.Count > 0)
            {
                // In the order of the heap before: what was a heap is one without moving anything.
                int position = Count++;
                _heap[position] = halved;
                _index[SlotOf(halved.Key)] = (short)(position + 1);
                Rise(position);
            }
        }

        Array.Clear(_heap, Count, _heap.Length - Count);
    }

    private int SlotOf(ulong key)
    {
        int slot = (int)(key >> 20) & _mask;
        while (_index[slot] != 0 && _heap[_index[slot] - 1].Key != key)
        {
            slot = (slot + 1) & _mask;
        }

        return slot;
    }

    // Those behind it move up, so that no search ends early (Knuth, volume 3, 6.4, algorithm R).
    private void Forget(ulong key)
    {
        int hole = SlotOf(key);
        _index[hole] = 0;
        for (int slot = (hole + 1) & _mask; _index[slot] != 0; slot = (slot + 1) & _mask)
        {
            int home = (int)(_heap[_index[slot] - 1].Key >> 20) & _mask;
            if (((slot - home) & _mask) >= ((slot - hole) & _mask))
            {
                _index[hole] = _index[slot];
                _index[slot] = 0;
                hole = slot;
            }
        }
    }

    private int Rise(int position)
    {
        while (position > 0 && _heap[position].Count < _heap[(position - 1) / 2].Count)
        {
            Swap(position, (position - 1) / 2);
            position = (position - 1) / 2;
        }

        return position;
    }

    private int Sink(int position)
    {
        while (true)
        {
            int child = (2 * position) + 1;
            if (child >= Count)
            {
                return position;
            }

            child += child + 1 < Count && _heap[child + 1].Count < _heap[child].Count ? 1 : 0;
            if (_heap[position].Count <= _heap[child].Count)
            {
                return position;
            }

            Swap(position, child);
            position = child;
        }
    }

    private void Swap(int a, int b)
    {
        // The slots first: a search goes by the keys where the index points.
        int slotA = SlotOf(_heap[a].Key), slotB = SlotOf(_heap[b].Key);
        (_heap[a], _heap[b]) = (_heap[b], _heap[a]);
        _index[slotA] = (short)(b + 1);
        _index[slotB] = (short)(a + 1);
    }

    /// <summary>One of them.</summary>
    internal record struct Entry(ulong Key, int Count, bool IsHot, string? Label);
}
