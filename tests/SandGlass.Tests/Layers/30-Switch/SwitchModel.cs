using SandGlass.Layers.Switch;

namespace SandGlass.Tests.Layers.Switch;

/// <summary>A switch as a model knows it: on or off, how often it was changed, and what is left of it.</summary>
internal sealed class SwitchModel
{
    public bool On { get; private set; }

    public long Version { get; private set; }

    private TimeSpan? Whole { get; set; }

    private TimeSpan? Left { get; set; }

    public void Throw(bool on, TimeSpan? lasts)
    {
        (On, Whole, Version) = (on, on ? lasts : null, Version + 1);
        Left = Whole;
    }

    // What has passed, as far as anybody can know; a clock that was set back does not give more than the whole.
    public void Pass(TimeSpan span)
    {
        if (Left is { } left)
        {
            Left = left - span < Whole ? left - span : Whole;
        }

        if (On && Left <= TimeSpan.Zero)
        {
            Throw(false, null);
        }
    }

    public string? Differs(SwitchState.Position position, DateTimeOffset wall)
    {
        // Clock steps below a second are not followed; none of these is.
        var ends = (position.Until - wall - Left)?.Duration() is not { } off || off < TimeSpan.FromMilliseconds(1);
        return position.On == On && position.Version == Version && position.Until is null == Left is null && ends
            ? null : $"is {position}, should be on: {On}, version {Version}, left {Left} at {wall}";
    }
}
