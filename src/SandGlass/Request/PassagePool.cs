using Microsoft.Extensions.ObjectPool;

namespace SandGlass.Request;

/// <summary>
/// The passages of one gateway. A thread keeps the last one that ended on it for the next that begins: a refusal or a hit, which is over before its thread does
/// anything else, meets neither a lock nor another processor's memory. The others are shared by all, <see cref="Most"/> at most; beyond that they go.
/// </summary>
/// <param name="seed">Seeds the dice of the passages.</param>
internal sealed class PassagePool(int seed)
{
    private const int Most = 4096;

    // With its pool, since threads are the process's and may serve two gateways.
    [ThreadStatic]
    private static (PassagePool? Of, Passage? Passage) _kept;

    private readonly DefaultObjectPool<Passage> _shared = new(new Passages(seed), Most);

    /// <summary>One that nobody uses.</summary>
    public Passage Get()
    {
        ref var kept = ref _kept;
        if (kept.Of != this || kept.Passage is not { } passage)
        {
            return _shared.Get();
        }

        kept.Passage = null;
        return passage;
    }

    /// <summary>The request is over.</summary>
    public void Return(Passage passage)
    {
        ref var kept = ref _kept;
        if (kept.Of == this && kept.Passage is not null)
        {
            _shared.Return(passage);
            return;
        }

        passage.End();
        kept = (this, passage);
    }
}
