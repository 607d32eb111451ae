using Microsoft.Extensions.ObjectPool;

namespace SandGlass.Request;

/// <summary>How the pool makes its passages, each with dice of its own, and has them let go of a request before the next.</summary>
/// <param name="seed">Seeds all their dice.</param>
internal sealed class Passages(int seed) : PooledObjectPolicy<Passage>
{
    private ulong _next = (ulong)seed;

    /// <summary>Makes one. SplitMix64: neighbours in the sequence give unlike dice.</summary>
    public override Passage Create()
    {
        var z = Interlocked.Add(ref _next, 0x9E3779B97F4A7C15);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return new(z ^ (z >> 31));
    }

    /// <inheritdoc/>
    public override bool Return(Passage obj)
    {
        obj.End();
        return true;
    }
}
