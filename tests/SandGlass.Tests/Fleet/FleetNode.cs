using System.Text.Json;
using SandGlass.Alarms;
using SandGlass.Hosting;
using SandGlass.Layers.Switch;
using SandGlass.Plans;
using SandGlass.Telemetry;
using SandGlass.Testing;

namespace SandGlass.Tests.Fleet;

/// <summary>A gateway's switches, alarms and plans on a clock moved by hand, as one of a fleet.</summary>
internal sealed class FleetNode : IDisposable
{
    private readonly string _folder;
    private readonly Glass _glass;
    private readonly Sampler _sampler;
    private readonly AlarmBoard _alarms;

    /// <param name="folder">Its state; the last part is its name.</param>
    /// <param name="policy">Its policy.</param>
    /// <param name="node">The process.</param>
    /// <param name="elapsed">How long the night lasts already.</param>
    /// <param name="wall">How far its wall clock is from the others'.</param>
    public FleetNode(string folder, string policy, ulong node, TimeSpan elapsed, TimeSpan wall = default)
    {
        _folder = folder;
        _glass = new(policy, node: node);
        _glass.Clock.Advance(elapsed);
        _glass.Clock.StepWall(wall);
        var share = State.Fleet.Share;
        share.Name = Path.GetFileName(folder);
        share.Expect(Clock.GetTimestamp(), Clock.TimestampFrequency);
        var state = new StateFolder(folder, _glass.Log);
        var audit = new Audit(state, Clock, _glass.Log);
        Switches = new(State, state, audit, Clock);
        _sampler = new(State, _glass.Store, Switches, TimeProvider.System);
        _alarms = new(new(State, _glass.Store, _sampler, folder), Clock, _glass.Log);
        _alarms.Beat(_glass.Store.Current);
        Plans = new(State, () => _glass.Store.Current, Switches, _alarms, state, audit, Clock, _glass.Log);
    }

    public bool IsDown { get; set; }

    public bool IsCutOff { get; set; }

    public TestClock Clock => _glass.Clock;

    public SandGlass.Policy.GatewayState State => _glass.State;

    public PlanBoard Plans { get; }

    public SwitchBoard Switches { get; }

    public string On => string.Join(' ', new[] { "a", "b" }.Where(id => State.Switch(id).IsOn));

    public IReadOnlyList<(string What, string From)> Audit => [.. File.ReadAllLines(Path.Combine(_folder, "audit.jsonl"))
        .Select(static line => JsonDocument.Parse(line).RootElement).Select(static a => (a.GetProperty("what").GetString()!, a.GetProperty("from").GetString()!))];

    public SandGlass.Fleet.FleetStanding? Standing(string id) => State.Fleet.Share.Standing("switch", id, State.Switch(id).Register?.Order);

    public void Beat()
    {
        Switches.EndExpired();
        _alarms.Beat(_glass.Store.Current);
        Plans.Beat();
    }

    public void Dispose()
    {
        _sampler.DisposeAsync().AsTask().Wait();
        _glass.Dispose();
    }
}
