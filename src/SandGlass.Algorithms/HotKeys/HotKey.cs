namespace SandGlass.Algorithms.HotKeys;

/// <summary>One of the keys that are asked for most.</summary>
/// <param name="Key">Its hash.</param>
/// <param name="PerSecond">Requests a second, over about the last two.</param>
/// <param name="Share">Fraction 0..1 of the route's requests.</param>
/// <param name="IsHot">Whether it is hot by the plan of the last request.</param>
/// <param name="Label">What it is called, where somebody has said so.</param>
public readonly record struct HotKey(ulong Key, double PerSecond, double Share, bool IsHot, string? Label);
