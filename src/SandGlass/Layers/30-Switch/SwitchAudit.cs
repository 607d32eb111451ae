using SandGlass.Hosting;

namespace SandGlass.Layers.Switch;

/// <summary>What the audit says of switches: each change, by whom and why, and what this gateway's own clock has made of one.</summary>
/// <param name="audit">Gets a line for each.</param>
internal sealed class SwitchAudit(Audit audit)
{
    /// <summary>From where news come that the fleet has told.</summary>
    public static string Fleet(SwitchState.Position position) => $"fleet, {position.Gateway ?? "every gateway"}";

    /// <summary>It was thrown, or has ended.</summary>
    /// <param name="id">The switch.</param>
    /// <param name="before">As it was; null: it was never thrown.</param>
    /// <param name="after">As it is.</param>
    /// <param name="from">From which address.</param>
    public void Changed(string id, SwitchState.Position? before, SwitchState.Position after, string from) => audit.Write(
        after.By ?? "unknown",
        from,
        $"switch {id} {(after.On ? "on" : "off")}",
        after.Reason ?? string.Empty,
        Brief(before ?? SwitchState.Position.Off),
        Brief(after));

    /// <summary>Two have thrown it without having heard of each other.</summary>
    public void Conflict(string id, SwitchState.Position after, SwitchState.Position lost) => audit.Write(
        after.By ?? "unknown",
        Fleet(after),
        $"switch {id} conflict",
        $"{lost.By} on {lost.Gateway} turned it {(lost.On ? "on" : "off")} without having heard of it ({lost.Reason}), and lost",
        Brief(lost),
        Brief(after));

    /// <summary>This gateway's clock had ended it too early.</summary>
    /// <param name="id">The switch.</param>
    /// <param name="before">As it was kept.</param>
    /// <param name="after">As it is now.</param>
    /// <param name="left">What the fleet knows to be left.</param>
    public void GoesOn(string id, SwitchState.Position before, SwitchState.Position after, TimeSpan left) => audit.Write(
        "sandglass",
        "fleet",
        $"switch {id} on",
        $"this gateway's clock had ended it, but the fleet knows that {(int)left.TotalSeconds} s of it are left",
        Brief(before.EndedHere()),
        Brief(after));

    private static object Brief(SwitchState.Position position) => new { on = position.On, until = position.Until, version = position.Version };
}
