namespace SandGlass.Algorithms.Sharing;

/// <summary>One change: its name, and what it says.</summary>
/// <param name="Stamp">Names it.</param>
/// <param name="Value">What is so since.</param>
public sealed record Change<T>(Stamp Stamp, T Value);
