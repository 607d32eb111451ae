using System.Text.Json;
using SandGlass.Algorithms.Sharing;

namespace SandGlass.Layers.Switch;

/// <summary>A switch as it stands on the disk and goes through Redis: its position, and with the fleet's versions what was before and what was lost.</summary>
internal sealed record SwitchRecord(
    bool On,
    DateTimeOffset? Since,
    DateTimeOffset? Until,
    string? By,
    string? Reason,
    long Version = 0,
    string? Gateway = null,
    string? Settles = null,
    string? Stamp = null,
    IReadOnlyList<string>? Past = null,
    SwitchRecord? Lost = null)
{
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.Never };

    public static SwitchRecord Of(Register<SwitchState.Position> register) =>
        Of(register.Last) with { Past = [.. register.Past.Select(static s => s.ToString())], Lost = register.Lost is { } lost ? Of(lost) : null };

    /// <summary>The register; null where it makes no sense.</summary>
    public Register<SwitchState.Position>? Register()
    {
        var past = new List<Stamp>();
        foreach (var text in Past ?? [])
        {
            if (!Algorithms.Sharing.Stamp.TryParse(text, out var stamp))
            {
                return null;
            }

            past.Add(stamp);
        }

        return Change() is { } last && past.Count <= Register<SwitchState.Position>.Remembers && (Lost is null || Lost.Change() is not null)
            ? new(last, past, Lost?.Change()) : null;
    }

    private static SwitchRecord Of(Change<SwitchState.Position> change)
    {
        var at = change.Value;
        return new(at.On, at.Since, at.Until, at.By, at.Reason, at.Version, at.Gateway, at.Settles?.ToString(), change.Stamp.ToString());
    }

    private Change<SwitchState.Position>? Change()
    {
        Stamp? settles = Settles is not null && Algorithms.Sharing.Stamp.TryParse(Settles, out var known) ? known : null;
        // What an older version has kept has no stamp. It is of nobody, and of the time at which it was thrown.
        var stamp = new Stamp(Version, Since?.ToUnixTimeMilliseconds() ?? 0, 0);
        return Version is >= 0 and < Algorithms.Sharing.Stamp.MostVersion && (Stamp is null || Algorithms.Sharing.Stamp.TryParse(Stamp, out stamp))
            ? new(stamp, new(On, Since, Until, By, Reason, Version, Gateway, settles)) : null;
    }
}
