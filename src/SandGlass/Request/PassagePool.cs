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

    private readonly DefaultObjectPool<Passage> _shared = new(new Policy(seed), Most);

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

    private sealed class Policy(int seed) : PooledObjectPolicy<Passage>
    {
        private ulong _next = (ulong)seed;

        // SplitMix64: neighbours in the sequence give unlike dice.
        public override Passage Create()
        {
            var z = Interlocked.Add(ref _next, 0x9E3779B97F4A7C15);
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return new(z ^ (z >> 31));
        }

        public override bool Return(Passage obj)
        {
            obj.End();
            return true;
        }
    }
}
