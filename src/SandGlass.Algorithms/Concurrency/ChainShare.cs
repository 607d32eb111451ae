namespace SandGlass.Algorithms.Concurrency;

/// <summary>What is a chain's of a gate's limit (the model is Kubernetes' API priority and fairness: nominal, lendable, borrowed).</summary>
/// <param name="Load">What it holds.</param>
/// <param name="Share">Fraction 0…1 of the limit. Within it, its waiters go before those of chains of the same criticality that are above theirs.</param>
/// <param name="Kept">Fraction 0…<paramref name="Share"/> of the limit that it does not lend: nobody else is given that, however idle it is.</param>
/// <param name="Most">Fraction 0…1 of the limit that it is given at most, borrowed permits included; one permit at least.</param>
public sealed record ChainShare(ChainLoad Load, double Share, double Kept, double Most = 1)
{
    /// <summary>Whether it has, of a limit, all that it may borrow.</summary>
    internal bool HasItsMost(int limit) => Most < 1 && Load.InFlight >= Math.Max(1, (int)(Most * limit));

    /// <summary>Permits that others must leave free, of a limit.</summary>
    internal int Idle(int limit) => Math.Max(0, (int)(Kept * limit) - Load.InFlight);
}
