using SandGlass.Algorithms;

namespace SandGlass.Request;

/// <summary>How a request ended, and where.</summary>
/// <param name="Outcome">The one outcome.</param>
/// <param name="Layer">Who decided it: the layer that refused or asked for a fallback, <see cref="Place.Forward"/> for a backend's answer.</param>
public readonly record struct Ending(RequestOutcome Outcome, Place Layer)
{
    /// <summary>
    /// What the ending says about the backend, for breakers and limits. A client that hangs up, a refusal of ours and an answer that
    /// the backend did not give are nobody's failure.
    /// </summary>
    public Outcome Permit { get; init; } = SandGlass.Algorithms.Outcome.Ignored;
}
