namespace SandGlass.Algorithms.Alarms;

/// <summary>When an alarm speaks, and when it is over.</summary>
/// <param name="IsAbove">Whether it speaks above its level; else below it.</param>
/// <param name="Level">The level, in the unit of what is measured.</param>
/// <param name="Clear">The level on the good side of which it is calm; the same or farther on the good side, so that a value at the level does not make it flap.</param>
/// <param name="For">Ticks that a value must be beyond the level before it fires.</param>
/// <param name="Calm">Ticks that it must be calm, without a break, before it is over.</param>
public readonly record struct AlarmPlan(bool IsAbove, double Level, double Clear, long For, long Calm)
{
    /// <summary>Whether a value is beyond the level. What is not known (NaN) is not.</summary>
    public bool Speaks(double value) => IsAbove ? value > Level : value < Level;

    /// <summary>Whether a value is good enough to be over. What is not known is: there is nothing any more to be alarmed about.</summary>
    public bool IsCalm(double value) => double.IsNaN(value) || (IsAbove ? value <= Clear : value >= Clear);
}
