using SandGlass.Layers.Fallback;

namespace SandGlass.Request;

/// <summary>
/// Why a request got no answer of its backend: which layer and rule said no, what it measured, and what the client is told.
/// A value, so that a refusal costs no object.
/// </summary>
/// <param name="Layer">Who said no; <see cref="Place.Forward"/> when the backend failed.</param>
/// <param name="Rule">The rule's name in the policy, or a short reason where no rule has a name.</param>
/// <param name="Status">HTTP status, 400…599.</param>
/// <param name="Reason">A constant word, e.g. <c>quota</c>, <c>queue-full</c>, <c>timeout</c>.</param>
/// <param name="RetryAfter">Seconds until it makes sense to ask again; 0 when unknown or senseless.</param>
/// <param name="Replaceable">Whether a degraded answer may stand in. Quotas and Trust's refusals are answers of their own.</param>
/// <param name="DivertTo">The fallback that a switch names; null: the route's own.</param>
public readonly record struct Rejection(
    Place Layer,
    string Rule,
    int Status,
    string Reason,
    int RetryAfter = 0,
    bool Replaceable = true,
    FallbackPlan? DivertTo = null)
{
    /// <summary>The criticality of who was turned away, where that is why; null: it is not.</summary>
    public string? Class { get; init; }

    /// <summary>Whether the backend, and not a layer of ours, is why: then the outcome is failed, not refused.</summary>
    public bool IsFailure => Layer == Place.Forward;
}
