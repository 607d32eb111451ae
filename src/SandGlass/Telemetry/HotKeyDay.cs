using SandGlass.Policy;

namespace SandGlass.Telemetry;

/// <summary>Once a second: today's hot keys of all routes, fed with what is asked for most now. On the sampler's beat.</summary>
/// <param name="store">The policy in force.</param>
/// <param name="time">The clock; the day is the local one.</param>
internal sealed class HotKeyDay(PolicyStore store, TimeProvider time)
{
    // A beat that was late by more than this has missed what it can't make up for.
    private const double MostSeconds = 5;

    private long _at = time.GetTimestamp();

    /// <summary>Takes another second in.</summary>
    public void Beat()
    {
        var now = time.GetTimestamp();
        var seconds = Math.Min(MostSeconds, time.GetElapsedTime(_at, now).TotalSeconds);
        _at = now;
        var day = DateOnly.FromDateTime(time.GetLocalNow().DateTime).DayNumber;
        foreach (var rule in store.Current.HotKeys)
        {
            rule.State.Day.Feed(rule.State.Sketch.Top(rule.Plan, now), seconds, day);
        }
    }
}
