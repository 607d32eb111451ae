using System.Numerics;
using System.Runtime.CompilerServices;

namespace SandGlass.Algorithms.Rates;

/// <summary>
/// A rate for each of many keys, in fixed memory: 8 bytes a slot and those of the state (GCRA: 16 in all), growing lazily from nothing to at most <c>maxKeys</c> slots whatever
/// clients send. Full, it forgets the least debt in reach, first of those that were refused least, so a flood of fresh keys displaces itself and never
/// the abuser that is deep in debt or goes on trying. A newcomer with less debt than everybody in reach is the one forgotten: it passes unrecorded until one of them has paid,
/// so <see cref="Evictions"/> that climb call for a larger table.
/// The table holds debts only; the plan comes in with each call, and another plan finds the same debt.
/// </summary>
/// <typeparam name="TPlan">What is allowed.</typeparam>
/// <typeparam name="TState">What one key has done.</typeparam>
/// <typeparam name="TAlgorithm">How that is counted.</typeparam>
public sealed class RateTable<TPlan, TState, TAlgorithm> : IRateTable
    where TPlan : struct, IRatePlan<TPlan>
    where TState : unmanaged
    where TAlgorithm : IRateAlgorithm<TPlan, TState>
{
    private const int MaxShards = 256;
    private const int KeysPerShard = 4096;

    private readonly RateShard<TPlan, TState, TAlgorithm>[] _shards;
    private readonly int _shift;

    /// <summary>Splits the bound over up to 256 shards, each with a lock of its own; what does not divide evenly is given up (at most 255 slots).</summary>
    /// <param name="maxKeys">The most slots there will ever be, ≥ 1.</param>
    public RateTable(int maxKeys)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxKeys);
        int bits = Math.Min(BitOperations.Log2((uint)Math.Max(1, maxKeys / KeysPerShard)), BitOperations.Log2(MaxShards));
        _shift = 64 - bits;
        _shards = new RateShard<TPlan, TState, TAlgorithm>[1 << bits];
        for (int i = 0; i < _shards.Length; i++)
        {
            _shards[i] = new RateShard<TPlan, TState, TAlgorithm>(maxKeys >> bits, bits);
        }
    }

    /// <summary>Slots in use, expired ones among them.</summary>
    public int Count => _shards.Sum(shard => shard.Count);

    /// <summary>Bytes of all slots, used or not; a few dozen more a shard are not counted.</summary>
    public long Bytes => _shards.Sum(shard => shard.Bytes);

    /// <summary>Debts forgotten since the start because there was no room.</summary>
    public long Evictions => _shards.Sum(shard => shard.Evictions);

    /// <summary>Takes tokens from the key's bucket if they are there. Allocates only when a new key makes its shard grow.</summary>
    /// <param name="plan">The rate, as it is now.</param>
    /// <param name="key">A hash of the key, well spread or not; two keys of one hash share a bucket.</param>
    /// <param name="now">Monotonic ticks.</param>
    /// <param name="cost">Tokens; below 0 counts as 0.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public RateAnswer Take(in TPlan plan, ulong key, long now, long cost = 1)
    {
        ulong spread = Spread(key);
        return ShardOf(spread).Take(plan, spread, now, cost);
    }

    /// <summary>What <see cref="Take"/> would answer, with nothing taken and nothing stored.</summary>
    public RateAnswer Peek(in TPlan plan, ulong key, long now, long cost = 1)
    {
        ulong spread = Spread(key);
        return ShardOf(spread).Peek(plan, spread, now, cost);
    }

    /// <summary>Gives tokens back; false, and nothing happens, if the key owes nothing or has been forgotten.</summary>
    public bool Refund(in TPlan plan, ulong key, long now, long cost = 1)
    {
        ulong spread = Spread(key);
        return ShardOf(spread).Refund(plan, spread, now, cost);
    }

    // Fibonacci hashing: one-to-one, and moves what little a weak hash has into the high bits. 0 marks an empty slot, so it is not a key; and the
    // lowest bits are a count of the slot's.
    private static ulong Spread(ulong key) => ((key * 0x9E3779B97F4A7C15) & ~RateTable.Refusals) is var spread && spread == 0 ? RateTable.Refusals + 1 : spread;

    private RateShard<TPlan, TState, TAlgorithm> ShardOf(ulong spread) => _shards[_shards.Length == 1 ? 0 : spread >> _shift];
}

internal static class RateTable
{
    /// <summary>Bits of a slot's key in which refusals are counted.</summary>
    public const ulong Refusals = 7;
}
