using System.Text.Json;
using SandGlass.Hosting;
using SandGlass.Policy;

namespace SandGlass.Layers.Switch;

/// <summary>
/// Where switches are thrown: one at a time, each change with a reason, on the disk before it is answered, in the audit, and in force for
/// the very next request. Those with an end are ended by <see cref="EndExpired"/>.
/// </summary>
public sealed class SwitchBoard
{
    private const string FileName = "switches.json";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly Lock _throwing = new();
    private readonly GatewayState _state;
    private readonly StateFolder _folder;
    private readonly Audit _audit;
    private readonly TimeProvider _time;

    // Under the lock: all positions, also of switches that the policy does not have just now.
    private SortedDictionary<string, SwitchState.Position> _kept = new(StringComparer.Ordinal);

    /// <summary>Takes up the switches as they were left.</summary>
    public SwitchBoard(GatewayState state, StateFolder folder, Audit audit, TimeProvider time)
    {
        _state = state;
        _folder = folder;
        _audit = audit;
        _time = time;
        Restore();
    }

    /// <summary>Throws a switch that the policy has.</summary>
    /// <param name="id">Which.</param>
    /// <param name="on">On or off.</param>
    /// <param name="by">Who.</param>
    /// <param name="from">From which address.</param>
    /// <param name="reason">Why; not blank.</param>
    /// <param name="lasts">How long; null: until somebody throws it back.</param>
    /// <exception cref="IOException">The state folder cannot be written; then nothing has changed.</exception>
    public SwitchState.Position Throw(string id, bool on, string by, string from, string reason, TimeSpan? lasts)
    {
        lock (_throwing)
        {
            var now = _time.GetUtcNow();
            var next = new SwitchState.Position(on, now, on && lasts is { } span ? now + span : null, by, reason);
            Change(_state.Switch(id), next, from);
            return next;
        }
    }

    /// <summary>Ends the switches whose time is over. Called once a second.</summary>
    public void EndExpired(Snapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        var now = _time.GetUtcNow();
        foreach (var plan in snapshot.Switches.Values)
        {
            if (plan.State.Now is { On: true, Until: { } until } && until <= now)
            {
                lock (_throwing)
                {
                    if (plan.State.Now is { On: true, Until: { } still } && still <= now)
                    {
                        Change(plan.State, new(false, now, null, "sandglass", "its time was over"), "local");
                    }
                }
            }
        }
    }

    // Under the lock. The disk first: what has been answered as done must outlive a kill.
    private void Change(SwitchState state, SwitchState.Position next, string from)
    {
        var before = state.Now;
        var kept = new SortedDictionary<string, SwitchState.Position>(_kept, StringComparer.Ordinal) { [state.Id] = next };
        _folder.Write(FileName, JsonSerializer.SerializeToUtf8Bytes(kept, Json));
        _kept = kept;
        state.Now = next;
        _audit.Write(
            next.By ?? "unknown",
            from,
            $"switch {state.Id} {(next.On ? "on" : "off")}",
            next.Reason ?? string.Empty,
            new { on = before.On, until = before.Until },
            new { on = next.On, until = next.Until });
    }

    private void Restore()
    {
        _kept = new(Read(), StringComparer.Ordinal);
        foreach (var (id, position) in _kept)
        {
            _state.Switch(id).Now = position;
        }
    }

    private Dictionary<string, SwitchState.Position> Read()
    {
        if (_folder.TryRead(FileName) is not { } bytes)
        {
            return [];
        }

        try
        {
            var read = JsonSerializer.Deserialize<Dictionary<string, SwitchState.Position?>>(bytes, Json) ?? [];
            return read.Where(static p => p.Value is not null).ToDictionary(static p => p.Key, static p => p.Value!, StringComparer.Ordinal);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or NotSupportedException)
        {
            _folder.SetAside(FileName, fault.Message);
            return [];
        }
    }
}
