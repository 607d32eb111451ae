namespace SandGlass.Algorithms.Rates;

/// <summary>So many in a window of time. Immutable; a reload swaps it while every key's counts stay.</summary>
/// <param name="Window">Ticks, ≥ 1.</param>
/// <param name="Limit">Tokens in one window, ≥ 1.</param>
public readonly record struct WindowPlan(long Window, long Limit) : IRatePlan<WindowPlan>
{
    /// <summary>Makes sense of what is out of range.</summary>
    public static WindowPlan From(double count, TimeSpan per, long ticksPerSecond) =>
        new(Math.Max(1, (long)(per.TotalSeconds * ticksPerSecond)), Math.Clamp((long)count, 1, uint.MaxValue / 4));

    /// <inheritdoc/>
    public WindowPlan Times(double scale) => this with { Limit = Math.Clamp((long)Math.Round(Limit * scale), 1, uint.MaxValue / 4) };
}

/// <summary>What one key has taken in the window that began at <see cref="Start"/>, and in the one before.</summary>
/// <param name="Start">Tick.</param>
/// <param name="Before">Tokens of the window before.</param>
/// <param name="Now">Tokens of this window.</param>
public record struct WindowState(long Start, uint Before, uint Now);
