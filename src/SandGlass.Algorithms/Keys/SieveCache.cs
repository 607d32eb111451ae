using System.Diagnostics.CodeAnalysis;

namespace SandGlass.Algorithms.Keys;

public sealed class SieveCache<TKey, TValue>(long maxBytes)
    where TKey : notnull
    where TValue : class
{
    public int Count => throw new NotImplementedException();

    public long Bytes => maxBytes;

    public bool TryGet(TKey key, [NotNullWhen(true)] out TValue? value) => throw new NotImplementedException();

    public void Set(TKey key, TValue value, long bytes) => throw new NotImplementedException();

    public bool Remove(TKey key) => throw new NotImplementedException();
}
