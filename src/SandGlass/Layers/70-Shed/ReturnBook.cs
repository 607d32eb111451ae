using SandGlass.Algorithms.Counting;
using SandGlass.Request;

namespace SandGlass.Layers.Shed;

/// <summary>
/// Who was told to come back, and when they did: tells whether <c>Retry-After</c> is obeyed, which decides whether refusing helps or feeds a
/// storm. 16,384 words of 8 bytes, one for a client's hash: a client that falls on another's place takes it, so the counts are a sample.
/// Asking costs one read, and nothing while nobody was told anything in the last two minutes.
/// </summary>
/// <param name="ticksPerSecond">The clock's frequency.</param>
public sealed class ReturnBook(long ticksPerSecond)
{
    private const int Places = 1 << 14;

    private readonly long[] _due = new long[Places];
    private long _watchUntil = long.MinValue;

    /// <summary>Refusals that named a time.</summary>
    public StripedCounter Told { get; } = new();

    /// <summary>Clients that came back before it.</summary>
    public StripedCounter Early { get; } = new();

    /// <summary>Clients that came back at it or later.</summary>
    public StripedCounter Obeyed { get; } = new();

    /// <summary>A client is told to come back in so many seconds.</summary>
    public void Tell(in ClientAddress client, int seconds, long now)
    {
        Told.Add();
        var hash = client.Mixed;
        // 20 bits of the client, 44 of milliseconds.
        Volatile.Write(ref _due[hash >> 50], (long)((hash << 14) & ~((1UL << 44) - 1)) | (Milliseconds(now) + (seconds * 1000L)));
        Volatile.Write(ref _watchUntil, now + (120 * ticksPerSecond));
    }

    /// <summary>A client is here.</summary>
    public void Seen(in ClientAddress client, long now)
    {
        if (now >= Volatile.Read(ref _watchUntil))
        {
            return;
        }

        var hash = client.Mixed;
        ref var place = ref _due[hash >> 50];
        var due = Volatile.Read(ref place);
        const ulong mask = (1UL << 44) - 1;
        if (due == 0 || ((ulong)due & ~mask) != ((hash << 14) & ~mask) || Interlocked.CompareExchange(ref place, 0, due) != due)
        {
            return;
        }

        (Milliseconds(now) < (long)((ulong)due & mask) ? Early : Obeyed).Add();
    }

    private long Milliseconds(long now) => (long)((UInt128)(ulong)Math.Max(0, now) * 1000 / (ulong)ticksPerSecond) & ((1L << 43) - 1);
}
