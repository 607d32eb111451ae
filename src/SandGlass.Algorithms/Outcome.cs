namespace SandGlass.Algorithms;

/// <summary>How a permit ends. The algorithms learn from the first two only.</summary>
public enum Outcome : byte
{
    /// <summary>The backend answered as it should.</summary>
    Success,

    /// <summary>The backend failed: transport error, 5xx, timeout.</summary>
    Failure,

    /// <summary>Nobody's fault, nothing to learn: the client hung up, or we refused it ourselves further on.</summary>
    Ignored,
}
