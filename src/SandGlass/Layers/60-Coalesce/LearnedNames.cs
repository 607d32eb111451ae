namespace SandGlass.Layers.Coalesce;

/// <summary>
/// By which request headers a route's answers have said that they differ (<c>Vary</c>). The fetch of a URI of which nothing is known sends
/// these, and they are part of its key, so that the first answer is right for who asks; without them it would have to be fetched twice.
/// Bounded: at most <see cref="Variants.MostNames"/>.
/// </summary>
public sealed class LearnedNames
{
    private volatile string[] _names = [];

    /// <summary>The headers, lower case, in order.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>Takes names in, as long as there is room.</summary>
    public void Learn(IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        while (true)
        {
            var known = _names;
            string[] all = [.. known.Union(names, StringComparer.Ordinal).Order(StringComparer.Ordinal)];
            if (all.Length == known.Length || all.Length > Variants.MostNames || Interlocked.CompareExchange(ref _names, all, known) == known)
            {
                return;
            }
        }
    }
}
