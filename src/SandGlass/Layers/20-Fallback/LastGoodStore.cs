using SandGlass.Algorithms.Keys;

namespace SandGlass.Layers.Fallback;

/// <summary>
/// The last good answers of all routes. Bounded in bytes; what falls out at the bound is what was asked for once and never again (SIEVE),
/// so that a crawler does not wash the shop's goods away. Of one key at most four variants are kept.
/// </summary>
/// <param name="maxBytes">The bound.</param>
public sealed class LastGoodStore(long maxBytes)
{
    private const int MostVariants = 4;

    private readonly SieveCache<UInt128, GoodAnswer[]> _answers = new(maxBytes);

    /// <summary>The bound, bytes.</summary>
    public long MaxBytes { get; } = maxBytes;

    /// <summary>Keys.</summary>
    public int Count => _answers.Count;

    /// <summary>Their memory.</summary>
    public long Bytes => _answers.Bytes;

    /// <summary>What the fleet's gateways have given each other.</summary>
    public SharedCounts Shared { get; private set; } = new();

    /// <summary>All that is kept, in no order; what is kept meanwhile may be missing.</summary>
    public IEnumerable<KeyValuePair<UInt128, GoodAnswer[]>> All => _answers.All;

    /// <summary>Told of each answer that is new, with its key. Must not wait.</summary>
    public event Action<UInt128, GoodAnswer>? Kept;

    /// <summary>
    /// Told of a key that is forgotten because its answers are for nobody else now, and whether there were any here: there may be elsewhere. Must not wait.
    /// </summary>
    public event Action<UInt128, bool>? Dropped;

    /// <summary>Told of a key whose answer was needed and is not here. Must not wait.</summary>
    public event Action<UInt128, LastGoodState>? Missed;

    /// <summary>One of another size, with what another one holds and those who listen to it.</summary>
    public static LastGoodStore Resized(LastGoodStore? other, long maxBytes)
    {
        var made = new LastGoodStore(maxBytes);
        if (other is not null)
        {
            foreach (var (key, answers) in other.All)
            {
                made._answers.Set(key, answers, answers.Sum(static a => a.Bytes));
            }

            (made.Kept, made.Missed, made.Dropped, made.Shared) = (other.Kept, other.Missed, other.Dropped, other.Shared);
        }

        return made;
    }

    /// <summary>The answer of a key that a request may be given; null: none is known.</summary>
    /// <param name="key">The key.</param>
    /// <param name="headers">The request's headers.</param>
    /// <param name="peeks">Whether nothing is to change by the look.</param>
    /// <param name="allows">Which of them the policy of now lets be given; null: all.</param>
    public GoodAnswer? Find(UInt128 key, IHeaderDictionary headers, bool peeks = false, Func<GoodAnswer, bool>? allows = null)
    {
        if (peeks ? _answers.TryPeek(key, out var known) : _answers.TryGet(key, out known))
        {
            foreach (var answer in known)
            {
                if (answer.IsFor(headers) && allows?.Invoke(answer) != false)
                {
                    return answer;
                }
            }
        }

        return null;
    }

    /// <summary>Keeps an answer in the place of the older one of its variant.</summary>
    /// <param name="key">The key.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="tells">Whether it is news for others: not where it came from them.</param>
    public void Keep(UInt128 key, GoodAnswer answer, bool tells = true)
    {
        ArgumentNullException.ThrowIfNull(answer);
        GoodAnswer[] all = [answer];
        // TryGet: who is fed again and again is as good as asked for.
        if (_answers.TryGet(key, out var known))
        {
            if (known.Any(other => other.IsLike(answer) && other.At > answer.At))
            {
                return;
            }

            all = [answer, .. known.Where(other => !other.IsLike(answer)).Take(MostVariants - 1)];
        }

        _answers.Set(key, all, all.Sum(static a => a.Bytes));
        answer.Route.Keep(answer);
        if (tells)
        {
            Kept?.Invoke(key, answer);
        }
    }

    /// <summary>A key's answer was needed and is not here: somebody else may have it.</summary>
    public void Miss(UInt128 key, LastGoodState route) => Missed?.Invoke(key, route);

    /// <summary>Forgets a key: its answers are for nobody else now.</summary>
    public void Drop(UInt128 key)
    {
        Dropped?.Invoke(key, _answers.Remove(key));
        // What the fleet gave us between the two was asked for before anybody could know.
        if (_answers.Remove(key))
        {
            Dropped?.Invoke(key, true);
        }
    }

    /// <summary>All variants of a key, without marking it as asked for; null: none.</summary>
    public GoodAnswer[]? Peek(UInt128 key) => _answers.TryPeek(key, out var known) ? known : null;
}
