namespace SandGlass.Algorithms;

/// <summary>The one answer of every algorithm that decides. A value: giving one allocates nothing.</summary>
/// <param name="Kind">Admit, refuse or wait.</param>
/// <param name="Reason">One of <see cref="Reasons"/> when refused, else empty.</param>
/// <param name="Measured">What was held against the rule: tokens, waiters, a ratio. Its unit is the reason's.</param>
/// <param name="RetryAfter">Caller's ticks until asking again makes sense; 0 = unknown.</param>
public readonly record struct Verdict(VerdictKind Kind, string Reason, double Measured, long RetryAfter)
{
    /// <summary>Go on.</summary>
    public static Verdict Admit => new(VerdictKind.Admit, string.Empty, 0, 0);

    /// <summary>Wait for the ticket that comes with it.</summary>
    public static Verdict Wait => new(VerdictKind.Wait, string.Empty, 0, 0);

    /// <summary>Go no further: the answer is here.</summary>
    public static Verdict Answer => new(VerdictKind.Answer, string.Empty, 0, 0);

    /// <summary>True for <see cref="VerdictKind.Admit"/>.</summary>
    public bool Admitted => Kind == VerdictKind.Admit;

    /// <summary>True for <see cref="VerdictKind.Refuse"/>.</summary>
    public bool Refused => Kind == VerdictKind.Refuse;

    /// <summary>Turn away. A negative <paramref name="retryAfterTicks"/> counts as unknown.</summary>
    public static Verdict Refuse(string reason, double measured, long retryAfterTicks) =>
        new(VerdictKind.Refuse, reason, measured, Math.Max(0, retryAfterTicks));
}
