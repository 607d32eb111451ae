namespace SandGlass.Layers.Coalesce;

/// <summary>
/// By which request headers the answers of one key differ (<c>Vary</c>), and which of them are kept. Bounded: what a client writes into a
/// header may not fill the cache, so a seventeenth variant takes the place of the oldest.
/// </summary>
/// <param name="names">The headers, lower case, in order.</param>
public sealed class Variants(IReadOnlyList<string> names)
{
    /// <summary>The most headers.</summary>
    public const int MostNames = 8;

    /// <summary>The most variants of one key.</summary>
    public const int Most = 16;

    private readonly Lock _lock = new();
    private readonly List<UInt128> _keys = new(2);

    /// <summary>The headers, lower case, in order.</summary>
    public IReadOnlyList<string> Names { get; } = names;

    /// <summary>Notes a variant; the one that has to go for it, if one has to.</summary>
    public UInt128? Add(UInt128 key)
    {
        lock (_lock)
        {
            if (_keys.Contains(key))
            {
                return null;
            }

            _keys.Add(key);
            if (_keys.Count <= Most)
            {
                return null;
            }

            var oldest = _keys[0];
            _keys.RemoveAt(0);
            return oldest;
        }
    }
}
