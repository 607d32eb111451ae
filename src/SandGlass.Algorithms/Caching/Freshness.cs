namespace SandGlass.Algorithms.Caching;

/// <summary>
/// How long a shared cache may keep an answer (RFC 9111 §3 and §4.2), seconds. Pure. The time of day of this machine counts only where an
/// answer has an <c>Expires</c> and no <c>Date</c>: a clock that steps must neither empty a cache nor freeze it.
/// </summary>
/// <param name="IsStorable">Whether it may be kept for others.</param>
/// <param name="Seconds">How long it is fresh from its arrival; 0: stale from the start.</param>
/// <param name="Age">How old it was when it arrived.</param>
/// <param name="IsExplicit">Whether the answer said so itself.</param>
public readonly record struct Freshness(bool IsStorable, double Seconds, double Age, bool IsExplicit)
{
    /// <summary>Not for others.</summary>
    public static Freshness None => default;

    /// <summary>What an answer is worth.</summary>
    /// <param name="facts">What it says.</param>
    /// <param name="ttl">The policy's bound where it says nothing, seconds.</param>
    /// <param name="force">Whether the policy's word goes before the answer's, as to how long. Whether at all stays the answer's.</param>
    /// <param name="delay">How long the fetch took, seconds (§4.2.3: it is added to the age).</param>
    public static Freshness Of(in AnswerFacts facts, double ttl, bool force, double delay)
    {
        var control = facts.Control;
        if (facts.Status is < 200 or 206 or 304
            || (control.MustUnderstand ? !IsUnderstood(facts.Status) : control.NoStore)
            || control.Private
            || (control.NoStore && !control.MustUnderstand))
        {
            return None;
        }

        var age = Math.Max(0, facts.Age) + Math.Max(0, delay);
        var lifetime = Explicit(facts);
        if (lifetime is null && !force)
        {
            return Heuristic(facts) is { } guess
                ? new(true, control.NoCache ? 0 : Math.Min(ttl, Math.Max(0, guess)), age, false)
                : None;
        }

        if (lifetime is null && !(facts.Status == 200 || control.Public || IsHeuristic(facts.Status)))
        {
            return None;
        }

        var left = force ? ttl : control.NoCache ? 0 : Math.Max(0, lifetime!.Value - age);
        return new(true, left, age, true);
    }

    /// <summary>Statuses whose meaning this cache knows (§3, must-understand).</summary>
    public static bool IsUnderstood(int status) => IsHeuristic(status) || status is 201 or 202 or 302 or 303 or 307
        or 400 or 401 or 402 or 403 or 406 or (>= 407 and <= 409) or (>= 411 and <= 413) or (>= 415 and <= 417) or 421 or 422 or 426 or 428 or 429 or 431 or 451
        or 500 or 502 or 503 or 504 or 505;

    /// <summary>Statuses that may be kept without their saying so (RFC 9110 §15.1), but for 206, which never is.</summary>
    public static bool IsHeuristic(int status) => status is 200 or 203 or 204 or 300 or 301 or 308 or 404 or 405 or 410 or 414 or 501;

    // §4.2.1: s-maxage, max-age, Expires. Null: it says nothing.
    private static double? Explicit(in AnswerFacts facts) =>
        facts.Control.SharedMaxAge is { } shared ? shared
        : facts.Control.MaxAge is { } most ? most
        : !facts.HasExpires || facts.Targeted ? null
        : facts.Expires is { } expires ? (expires - facts.Date).TotalSeconds
        : 0;

    // §4.2.2: a tenth of the time since it last changed. One that names no such time is kept for the policy's ttl, if it is a plain 200;
    // of other statuses only those that give a reason to.
    private static double? Heuristic(in AnswerFacts facts) =>
        !IsHeuristic(facts.Status) && !facts.Control.Public ? null
        : facts.LastModified is { } changed ? (facts.Date - changed).TotalSeconds / 10
        : facts.Status == 200 || facts.Control.Public || facts.Control.NoCache ? double.MaxValue
        : null;
}
