using SandGlass.Algorithms;

namespace SandGlass.Request;

/// <summary>What a rule would say about a request now, and why.</summary>
/// <param name="Verdict">What <see cref="Layer.Decide"/> would answer.</param>
/// <param name="Text">One line for people, with the numbers in it.</param>
/// <param name="Numbers">The numbers it looked at, by name; units are in the names.</param>
public sealed record RuleExplanation(Verdict Verdict, string Text, params (string Name, double Value)[] Numbers);
