using Microsoft.Extensions.Primitives;

namespace SandGlass.Request;

/// <summary>
/// The client's headers that may go on, as Trust left them. Walking Kestrel's headers costs an enumerator each time; this is walked for
/// free. One a passage, reused.
/// </summary>
public sealed class KeptHeaders
{
    private KeyValuePair<string, StringValues>[] _entries = new KeyValuePair<string, StringValues>[16];

    /// <summary>How many.</summary>
    public int Count { get; private set; }

    /// <summary>One of them.</summary>
    public ref readonly KeyValuePair<string, StringValues> this[int index] => ref _entries[index];

    /// <summary>Adds one.</summary>
    public void Add(string name, in StringValues value)
    {
        if (Count == _entries.Length)
        {
            Array.Resize(ref _entries, Count * 2);
        }

        _entries[Count++] = new(name, value);
    }

    /// <summary>Takes one out, whatever its case.</summary>
    public void Remove(string name)
    {
        for (var i = Count - 1; i >= 0; i--)
        {
            if (_entries[i].Key.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                Array.Copy(_entries, i + 1, _entries, i, --Count - i);
            }
        }
    }

    /// <summary>Lets go of all.</summary>
    public void Clear()
    {
        Array.Clear(_entries, 0, Count);
        Count = 0;
    }
}
