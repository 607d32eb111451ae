namespace SandGlass.Algorithms.Rates;

/// <summary>What is allowed, in a form that can be scaled: half of it is what a switch may leave.</summary>
public interface IRatePlan<TPlan>
    where TPlan : struct, IRatePlan<TPlan>
{
    /// <summary>The same plan with its rate times <paramref name="scale"/>, above 0.</summary>
    TPlan Times(double scale);
}
