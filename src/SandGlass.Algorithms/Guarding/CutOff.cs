namespace SandGlass.Algorithms.Guarding;

/// <summary>
/// From the gateway's own load to who is turned away. Clients are put into groups, 128 cohorts for each of four criticalities, and the
/// groups at the bottom go first. After Quarkus' load shedding, which admits while group ≤ (1 − load³) · groups; here the cube begins at
/// <see cref="Calm"/>, since a gateway that is half busy on purpose has no reason to turn anybody away, and it spans only the three
/// criticalities below critical-plus, which is never cut off:
/// <c>cut = 3 · 128 · ((load − calm) / (1 − calm))³</c>, and whoever stands at or above the cut is admitted.
/// </summary>
public static class CutOff
{
    /// <summary>Cohorts of one criticality.</summary>
    public const int Cohorts = 128;

    /// <summary>Groups that may be turned away: all but those of critical-plus.</summary>
    public const int Most = 3 * Cohorts;

    /// <summary>The load up to which nobody is turned away.</summary>
    public const double Calm = 0.75;

    /// <summary>How many groups, from the bottom, are turned away; 0..<see cref="Most"/>.</summary>
    /// <param name="load">0..1; less or more counts as the nearest, and what is no number as 0.</param>
    public static int At(double load)
    {
        if (!(load > Calm))
        {
            return 0;
        }

        var over = (Math.Min(load, 1) - Calm) / (1 - Calm);
        return (int)Math.Round(Most * over * over * over);
    }

    /// <summary>Whether a request goes on.</summary>
    /// <param name="cut">What <see cref="At"/> said.</param>
    /// <param name="criticality">0 sheddable .. 3 critical-plus.</param>
    /// <param name="position">The client's place within its criticality, [0, 1): always the same clients lose, not everybody a bit.</param>
    public static bool Admits(int cut, int criticality, double position) =>
        cut <= 0 || criticality >= 3 || (criticality * Cohorts) + (int)(Math.Clamp(position, 0, 1) * Cohorts) >= cut;
}
