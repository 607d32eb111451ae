using System.Diagnostics.CodeAnalysis;

namespace SandGlass.DemoShop;

/// <summary>A map keyed by what clients send: holds so many, then forgets the oldest. One lock, no callback under it but the factory.</summary>
internal sealed class BoundedMap<TKey, TValue>(int bound)
    where TKey : notnull
{
    private readonly Dictionary<TKey, TValue> values = [];
    private readonly Queue<TKey> byAge = new();
    private readonly Lock gate = new();

    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        lock (gate)
        {
            return values.TryGetValue(key, out value);
        }
    }

    public TValue GetOrAdd(TKey key, Func<TKey, TValue> make)
    {
        lock (gate)
        {
            if (values.TryGetValue(key, out var value))
            {
                return value;
            }

            if (values.Count >= bound)
            {
                values.Remove(byAge.Dequeue());
            }

            byAge.Enqueue(key);
            return values[key] = make(key);
        }
    }
}
