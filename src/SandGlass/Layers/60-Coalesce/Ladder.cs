using SandGlass.Policy;

namespace SandGlass.Layers.Coalesce;

/// <summary>The rungs of a hot key's ladder that give of the cache: the fresh, and the stale.</summary>
internal static class Ladder
{
    /// <summary>The outlook that is left: what rungs that are not enforced would have given is counted, and fetched instead.</summary>
    public static Outlook Climb(CoalescePlan plan, in Outlook outlook)
    {
        var given = outlook.What is Prospect.Hit or Prospect.Stale or Prospect.StaleAndRenew;
        if (given && plan.Gives != Mode.Enforce)
        {
            plan.GivesShadowed?.Add();
            return outlook with { What = Prospect.Board, Why = CacheStatus.Miss };
        }

        if (outlook.What == Prospect.StaleAndRenew && plan.GivesStale != Mode.Enforce)
        {
            plan.StaleShadowed?.Add();
            return outlook with { What = Prospect.Board, Why = CacheStatus.Expired };
        }

        return outlook;
    }
}
