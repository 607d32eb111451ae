using SandGlass.Policy;

namespace SandGlass.Layers.Fallback;

/// <summary>The room for the last good answers, of all routes together, and what becomes of them beside this process.</summary>
public sealed record LastGoodPolicy
{
    /// <summary>Memory for last good answers, "1MB".."64GB". Default "64MB". Beyond it, what was asked for once and never again goes first.</summary>
    [Within("1MB", "64GB")]
    public ByteSize MaxBytes { get; init; } = new(64 << 20);

    /// <summary>The largest answer that is kept, "1B".."4MB", and at most a sixteenth of maxBytes. Default "256KB". Larger ones pass through.</summary>
    [Within("1B", "4MB")]
    public ByteSize MaxAnswer { get; init; } = new(256 << 10);

    /// <summary>
    /// Whether they outlive a restart: written to the state folder in slices, each changed slice about once a minute. Default false: they
    /// are customers' pages, and so far the state folder holds none.
    /// </summary>
    public bool Persist { get; init; }

    /// <summary>
    /// Whether the gateways of a fleet give each other what they have, through the fleet's Redis. Default true; nothing without `fleet`.
    /// </summary>
    public bool Share { get; init; } = true;

    /// <summary>Room for what the fleet shares, in Redis, "1MB".."64GB". Default "64MB". Beyond it the oldest go.</summary>
    [Within("1MB", "64GB")]
    public ByteSize SharedBytes { get; init; } = new(64 << 20);
}
