namespace SandGlass.Algorithms.Breaking;

/// <summary>Given with an admission, handed back with the result. A result from before the breaker last moved is dropped.</summary>
/// <param name="Generation">How often the breaker had moved; <see cref="NoGeneration"/> comes with a refusal and counts nowhere.</param>
public readonly record struct BreakerPermit(int Generation)
{
    /// <summary>Never a breaker's generation.</summary>
    public const int NoGeneration = -1;
}
