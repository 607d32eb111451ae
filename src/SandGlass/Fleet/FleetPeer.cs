namespace SandGlass.Fleet;

/// <summary>A gateway of the fleet, as it describes itself.</summary>
/// <param name="Node">Its process.</param>
/// <param name="Name">Its name for people.</param>
/// <param name="Applied">Up to which of Redis' revisions all that is shared is in force there, on its disk.</param>
/// <param name="Lacks">What is shared and does nothing there: its policy has no such switch.</param>
/// <param name="IsAlive">Whether its heartbeat was heard within the last seconds. One that died is known for ten minutes.</param>
public sealed record FleetPeer(ulong Node, string Name, long Applied, IReadOnlyList<string> Lacks, bool IsAlive);

/// <summary>On how many gateways something is in force.</summary>
/// <param name="InForce">As far as this one has heard, itself included.</param>
/// <param name="Of">Of so many.</param>
/// <param name="Missing">The names of the others, with what is known of why.</param>
public sealed record FleetStanding(int InForce, int Of, IReadOnlyList<string> Missing);
