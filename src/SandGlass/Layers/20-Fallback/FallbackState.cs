using SandGlass.Algorithms.Counting;

namespace SandGlass.Layers.Fallback;

/// <summary>By what a fallback was shown to work.</summary>
public enum FallbackProof : byte
{
    /// <summary>A client needed it.</summary>
    Use,

    /// <summary>A client was given it although all was well.</summary>
    Exercise,

    /// <summary>It was built without a client.</summary>
    Synthetic,
}

/// <summary>What has happened to one fallback: when it last worked, by what, and what is wrong with it now. Lives as long as the process.</summary>
public sealed class FallbackState
{
    private readonly StripedCounter[] _counts = [new(), new(), new()];
    private volatile Proof? _last;
    private volatile string? _broken;

    /// <summary>A moment at which it worked.</summary>
    /// <param name="Ticks">Monotonic ticks.</param>
    /// <param name="At">By the wall clock, for people.</param>
    /// <param name="By">How that is known.</param>
    public sealed record Proof(long Ticks, DateTimeOffset At, FallbackProof By);

    /// <summary>When it last worked; null: never yet.</summary>
    public Proof? Last => _last;

    /// <summary>What is wrong with it; null: nothing that is known of.</summary>
    public string? Broken => _broken;

    /// <summary>How often it worked.</summary>
    public long Total(FallbackProof by) => _counts[(int)by].Sum();

    /// <summary>It worked. Where it is used a thousand times a second, that is written down once a second.</summary>
    public void Proved(FallbackProof by, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        _counts[(int)by].Add();
        var now = time.GetTimestamp();
        if (_last is not { } last || last.By > by || now - last.Ticks >= time.TimestampFrequency)
        {
            _last = new(now, time.GetUtcNow(), by);
        }

        // A client that got it shows no more than that: only whoever looked for what is wrong can say that nothing is.
        if (by == FallbackProof.Synthetic)
        {
            _broken = null;
        }
    }

    /// <summary>It could not be built.</summary>
    public void Failed(string why) => _broken = why;
}
