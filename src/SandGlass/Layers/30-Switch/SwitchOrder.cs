namespace SandGlass.Layers.Switch;

/// <summary>Somebody's wish to throw a switch.</summary>
/// <param name="Id">Which.</param>
/// <param name="On">On or off.</param>
/// <param name="By">Who.</param>
/// <param name="From">From which address.</param>
/// <param name="Reason">Why; not blank.</param>
/// <param name="Lasts">How long; null: until somebody throws it back.</param>
/// <param name="Seen">The tags (<see cref="SwitchTag"/>) of which it must have one, since the caller has looked at that; null: whatever it is.</param>
public sealed record SwitchOrder(string Id, bool On, string By, string From, string Reason, TimeSpan? Lasts = null, IReadOnlyCollection<string>? Seen = null);
