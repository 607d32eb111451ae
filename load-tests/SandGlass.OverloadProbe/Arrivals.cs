namespace SandGlass.OverloadProbe;

/// <summary>Somebody comes.</summary>
/// <param name="At">Seconds since the load began.</param>
/// <param name="Chain">Index of the chain.</param>
/// <param name="Seed">Of all that this one draws: address, gateway, pauses.</param>
internal readonly record struct Arrival(double At, int Chain, int Seed);

/// <summary>
/// A Poisson stream whose rate follows the plan, by thinning: candidates come at the highest rate, and as many stay as the moment asks
/// for. Who comes with a journey of n steps comes n times as rarely, so that the chain's part of the requests is its share.
/// </summary>
internal static class Arrivals
{
    public static IEnumerable<Arrival> Of(Plan plan)
    {
        var dice = new Random(plan.Seed);
        var most = plan.Load.Max(static step => step.Times) * plan.Capacity;
        for (double at = 0; ;)
        {
            at -= Math.Log(1 - dice.NextDouble()) / most;
            if (at >= plan.Seconds)
            {
                yield break;
            }

            var stays = dice.NextDouble() * most < plan.TimesAt(at) * plan.Capacity;
            var chain = Chain(plan.Chains, dice.NextDouble());
            var begins = dice.Next(plan.Chains[chain].Steps.Length) == 0;
            var seed = dice.Next();
            if (stays && begins)
            {
                yield return new(at, chain, seed);
            }
        }
    }

    private static int Chain(ChainPlan[] chains, double roll)
    {
        for (var i = 0; i < chains.Length - 1; i++)
        {
            roll -= chains[i].Share;
            if (roll < 0)
            {
                return i;
            }
        }

        return chains.Length - 1;
    }
}
