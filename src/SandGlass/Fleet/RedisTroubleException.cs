namespace SandGlass.Fleet;

/// <summary>Redis could not be used; the message is one line for people, without secrets.</summary>
/// <param name="message">Why.</param>
/// <param name="isRefusal">It is there, and wants something else of us: somebody has to do something.</param>
public sealed class RedisTroubleException(string message, bool isRefusal = false) : Exception(message)
{
    /// <summary>Whether it answered, and refused.</summary>
    public bool IsRefusal { get; } = isRefusal;
}
