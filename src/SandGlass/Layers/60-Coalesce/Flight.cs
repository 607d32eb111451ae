using System.Numerics;
using SandGlass.Algorithms.Keys;

namespace SandGlass.Layers.Coalesce;

/// <summary>One fetch under way for one key. Its leader completes it exactly once; its followers wait.</summary>
/// <param name="plan">The route's rule.</param>
/// <param name="key">The key.</param>
/// <param name="startedAt">When it began, monotonic ticks.</param>
public sealed class Flight(CoalescePlan plan, UInt128 key, long startedAt)
{
    /// <summary>How many of those who have to go alone go at one moment, at most.</summary>
    public const int MostAtOnce = 16;

    private readonly TaskCompletionSource<StoredAnswer?> _landing = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _landed;
    private int _followers;
    private int _released;
    private int _waited;

    /// <summary>The route's rule.</summary>
    public CoalescePlan Plan { get; } = plan;

    /// <summary>The key.</summary>
    public UInt128 Key { get; } = key;

    /// <summary>The key of the URI, without variants.</summary>
    public UInt128 UriKey { get; init; } = key;

    /// <summary>Keys the hash of variants.</summary>
    public SipKey Seed { get; init; }

    /// <summary>The headers beside the key's own that it sends, because answers are known to differ by them.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>What is kept and may be good still: the backend is asked just that.</summary>
    public StoredAnswer? Known { get; init; }

    /// <summary>Whether its leader's credentials go along: then only what says that it is for all is kept (RFC 9111 §3.5).</summary>
    public bool IsAuthorized { get; init; }

    /// <summary>Whether nobody else may board: its answer is for its leader, and may be kept.</summary>
    public bool IsSolo { get; init; }

    /// <summary>The flight whose leader was too old to be waited for: who waits for it is served by this one too.</summary>
    public Flight? Older { get; init; }

    /// <summary>When it began, monotonic ticks.</summary>
    public long StartedAt { get; } = startedAt;

    /// <summary>Which of the cache's marks an unsafe request to its URI would set.</summary>
    public int Mark { get; init; }

    /// <summary>Told when it has landed without an answer for all: its leader may be the only one left who wants the rest.</summary>
    public Action? Abandoned { get; set; }

    /// <summary>Whether it should go on though its client has left.</summary>
    public bool IsWanted => Volatile.Read(ref _landed) == 0 && (Plan.Ttl > 0 || Volatile.Read(ref _followers) > 0);

    /// <summary>The answer; a note that it can't be shared; or null when the leader came back with nothing.</summary>
    public Task<StoredAnswer?> Landing => _landing.Task;

    /// <summary>Somebody waits.</summary>
    public void Follow() => Interlocked.Increment(ref _followers);

    /// <summary>Somebody waits no more.</summary>
    public void Unfollow()
    {
        if (Interlocked.Decrement(ref _followers) == 0)
        {
            Abandoned?.Invoke();
        }
    }

    /// <summary>How many wait.</summary>
    public int Followers => Volatile.Read(ref _followers);

    /// <summary>
    /// How long the next of the followers that has to go alone is held back: one at once, then two, four, eight, and from there sixteen at a time, a step
    /// apart. Where the last of them would be late by that, they are spread evenly over the time left. Released together they would be the storm that
    /// this layer is there to prevent.
    /// </summary>
    /// <param name="step">About as long as a fetch takes: then no more than <see cref="MostAtOnce"/> of them are at the backend at once.</param>
    /// <param name="left">When it has to go at the latest.</param>
    public TimeSpan NextRelease(TimeSpan step, TimeSpan left)
    {
        var place = Interlocked.Increment(ref _released);
        var steps = place < 2 * MostAtOnce ? BitOperations.Log2((uint)place) : BitOperations.Log2(MostAtOnce) - 1 + (place / MostAtOnce);
        var paced = step * steps;
        var even = left * Math.Min(1, (place - 1.0) / Math.Max(1, _waited));
        return paced < even ? paced : even;
    }

    /// <summary>Ends the flight; later calls do nothing.</summary>
    public void Land(StoredAnswer? answer)
    {
        if (Interlocked.Exchange(ref _landed, 1) == 0)
        {
            _waited = Followers;
            // Off the board before anyone hears of it: a follower that boards again must not find this flight, which brings it nothing.
            Plan.Cache.Ended(this);
            _landing.SetResult(answer);
            if (answer is { Shareable: true })
            {
                Older?.Deliver(answer);
            }
            else
            {
                Abandoned?.Invoke();
            }
        }
    }

    // A newer flight has the answer. This one's own leader still ends by itself.
    private void Deliver(StoredAnswer answer)
    {
        if (Interlocked.Exchange(ref _landed, 1) == 0)
        {
            _landing.SetResult(answer);
            Older?.Deliver(answer);
        }
    }
}
