using SandGlass.Policy;

namespace SandGlass.Layers.Coalesce;

/// <summary>The room for answers that are kept, of all routes together.</summary>
public sealed record CachePolicy
{
    /// <summary>Memory for kept answers, "1MB".."64GB". Default "64MB". Beyond it, what is asked least makes room.</summary>
    [Within("1MB", "64GB")]
    public ByteSize MaxBytes { get; init; } = new(64 << 20);
}
