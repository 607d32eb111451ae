using SandGlass.Algorithms.Alarms;
using SandGlass.Policy;

namespace SandGlass.Alarms;

/// <summary>
/// Asks every alarm once a second, and tells those who listen when one begins or ends. Keeps by name, so that a reload does not end what
/// goes on; an alarm that the policy drops while it fires is over.
/// </summary>
/// <param name="readings">What is measured.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Where each beginning and end is told.</param>
public sealed class AlarmBoard(AlarmReadings readings, TimeProvider time, ILogger log)
{
    private readonly Dictionary<string, Watched> _watched = new(StringComparer.Ordinal);
    private volatile AlarmStatus[] _now = [];

    /// <summary>Raised when an alarm begins to fire, and when it is over; handlers must be quick and may not throw.</summary>
    public event Action<AlarmStatus>? Changed;

    /// <summary>All alarms at the last beat, in the order of the policy.</summary>
    public IReadOnlyList<AlarmStatus> Now => _now;

    /// <summary>What is measured.</summary>
    public AlarmReadings Readings => readings;

    /// <summary>Asks them all. For one caller at a time.</summary>
    public void Beat(Snapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        var now = time.GetTimestamp();
        var all = new AlarmStatus[snapshot.Alarms.Count];
        for (var i = 0; i < all.Length; i++)
        {
            var rule = snapshot.Alarms[i];
            if (!_watched.TryGetValue(rule.Name, out var watched))
            {
                _watched[rule.Name] = watched = new(rule);
            }

            all[i] = Ask(watched, rule, now);
        }

        foreach (var (name, watched) in _watched)
        {
            if (!snapshot.Alarms.Any(a => a.Name == name))
            {
                Drop(name, watched);
            }
        }

        _now = all;
    }

    private AlarmStatus Ask(Watched watched, AlarmRule rule, long now)
    {
        if (watched.Rule.Policy.Metric != rule.Policy.Metric)
        {
            watched.Window = new(AlarmMetric.WindowSeconds);
        }

        watched.Rule = rule;
        var value = Value(watched, rule);
        var (before, next) = (watched.State, watched.State.Next(rule.Plan, value, now));
        watched.State = next;
        if (next.Position != before.Position)
        {
            watched.Since = time.GetLocalNow();
        }

        var status = Status(watched, value);
        if ((next.Position == AlarmPosition.Firing) != (before.Position == AlarmPosition.Firing))
        {
            Tell(status);
        }

        return status;
    }

    private double Value(Watched watched, AlarmRule rule)
    {
        if (rule.Metric.Share is { } isPart)
        {
            var (part, whole) = readings.Share(rule.Routes, isPart);
            return watched.Window.Add(part, whole);
        }

        return rule.Metric.Read!(readings, rule.Routes);
    }

    private void Drop(string name, Watched watched)
    {
        // Removing is allowed while a Dictionary is walked over.
        _watched.Remove(name);
        if (watched.State.Position == AlarmPosition.Firing)
        {
            (watched.State, watched.Since) = (default, time.GetLocalNow());
            Tell(Status(watched, double.NaN));
        }
    }

    private static AlarmStatus Status(Watched watched, double value)
    {
        var (rule, state) = (watched.Rule, watched.State);
        if (state.Position == AlarmPosition.Firing)
        {
            watched.FiredAt ??= watched.Since;
        }

        var fired = watched.FiredAt;
        watched.FiredAt = state.Position == AlarmPosition.Firing ? fired : null;
        return new(
            rule.Name,
            rule.Text,
            rule.Policy.Description,
            rule.Policy.Metric,
            rule.Policy.Chain,
            rule.Policy.Severity,
            state.Position,
            double.IsNaN(value) ? null : Math.Round(value, 6),
            watched.Since,
            fired);
    }

    private void Tell(AlarmStatus status)
    {
        if (status.Position == AlarmPosition.Firing)
        {
            log.LogWarning("Alarm {Alarm} ({Severity}): {Text}; it is {Value}", status.Name, status.Severity, status.Text, status.Value);
        }
        else
        {
            log.LogInformation("Alarm {Alarm} is over: {Text}", status.Name, status.Text);
        }

        Changed?.Invoke(status);
    }

    private sealed class Watched(AlarmRule rule)
    {
        public AlarmRule Rule { get; set; } = rule;

        public AlarmState State { get; set; }

        public RatioWindow Window { get; set; } = new(AlarmMetric.WindowSeconds);

        // Wall clock: when it came to where it stands, and when it began to fire.
        public DateTimeOffset? Since { get; set; }

        public DateTimeOffset? FiredAt { get; set; }
    }
}

/// <summary>One alarm at one beat.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Text">What it is set on, in one line.</param>
/// <param name="Description">What the operator says of it.</param>
/// <param name="Metric">What is measured.</param>
/// <param name="Chain">Of which chain; null: of all.</param>
/// <param name="Severity">Who is told.</param>
/// <param name="Position">Where it stands.</param>
/// <param name="Value">What was measured; null: not known.</param>
/// <param name="Since">Since when it stands there, wall clock; null: it was never elsewhere.</param>
/// <param name="FiredAt">When it began to fire; kept in the status that tells its end; else null.</param>
public sealed record AlarmStatus(
    string Name,
    string Text,
    string? Description,
    string Metric,
    string? Chain,
    AlarmSeverity Severity,
    AlarmPosition Position,
    double? Value,
    DateTimeOffset? Since,
    DateTimeOffset? FiredAt)
{
    /// <summary>Whether it fires.</summary>
    public bool IsFiring => Position == AlarmPosition.Firing;
}
