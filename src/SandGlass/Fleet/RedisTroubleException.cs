namespace SandGlass.Fleet;

/// <summary>Redis could not be used; the message is one line for people, without secrets.</summary>
public sealed class RedisTroubleException(string message) : Exception(message);
