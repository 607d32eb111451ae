namespace SandGlass.Algorithms.Rates;

/// <summary>What a gateway says of one key in one call, in parts of a token (<see cref="LeasePlan.Unit"/>).</summary>
/// <param name="Charge">Admitted since the last call out of the gateway's share: taken already, to be counted.</param>
/// <param name="Since">Ticks: since when that has gathered.</param>
/// <param name="GiveBack">Of an earlier lease, not needed any more.</param>
/// <param name="Want">To be leased, as far as there is room.</param>
public readonly record struct LeaseAsk(long Charge, long Since, long GiveBack, long Want)
{
    /// <summary>Whether there is anything to say.</summary>
    public bool IsDue => (Charge | GiveBack | Want) != 0;
}
