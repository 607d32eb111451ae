namespace SandGlass.Algorithms.Rates;

/// <summary>What a bucket says, in the words of the RateLimit headers. A refusal is a <see cref="Verdict"/> with <see cref="Reasons.Quota"/>.</summary>
/// <param name="Admitted">The cost was (or, for a peek, would be) taken.</param>
/// <param name="Remaining">Whole tokens left, ≥ 0.</param>
/// <param name="ResetTicks">Ticks until the bucket is full again, ≥ 0.</param>
/// <param name="RetryAfterTicks">0 when admitted, else ticks (≥ 1) until this cost would be; for a cost above the burst, until the bucket is full.</param>
/// <param name="WaitTicks">Admitted, but only after this many ticks: its place in the line is taken.</param>
public readonly record struct RateAnswer(bool Admitted, long Remaining, long ResetTicks, long RetryAfterTicks, long WaitTicks = 0);
