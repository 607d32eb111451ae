using System.Collections.Frozen;
using SandGlass.Algorithms.Concurrency;
using SandGlass.Layers.Shed;
using SandGlass.Yarp;

namespace SandGlass.Policy.Compiling;

/// <summary>Makes the policy's backends, each with its destinations, its gate and whoever takes over from it.</summary>
/// <param name="compilation">What there is to compile.</param>
internal sealed class BackendCompiler(Compilation compilation)
{
    // A destination that comes back has its full share after this. Long enough for a process to open its pools and warm what is hot.
    private static readonly Duration SlowReturnOver = Duration.FromSeconds(5);
    // A queue as long as what goes through in 30 ms, but never shorter than this (algorithms.md §1, admission).
    private const double QueueSeconds = 0.03;
    private const int LeastQueue = 8;

    /// <summary>All of them.</summary>
    public FrozenDictionary<string, BackendPlan> All()
    {
        var users = BackendUsers.Of(compilation.Policy);
        var made = new Dictionary<string, BackendPlan>(StringComparer.Ordinal);
        foreach (var name in compilation.Policy.Backends.Keys)
        {
            Make(name);
        }

        return made.ToFrozenDictionary(StringComparer.Ordinal);

        // The validator has found that failovers lead to an end.
        BackendPlan Make(string name) => made.TryGetValue(name, out var known) ? known
            : made[name] = Backend(name, compilation.Policy.Backends[name], users[name], compilation.Policy.Backends[name].Failover is { } other ? Make(other) : null);
    }

    private BackendPlan Backend(string name, BackendPolicy written, IEnumerable<string> chains, BackendPlan? failover) => new(
        name,
        written.LoadBalancing,
        written.Destinations.Select(d => Destination(name, d.Key, d.Value)),
        written.IdleTimeout.Value,
        compilation.State.Backend(name))
    {
        Gate = Gate(name, written.Concurrency, [.. chains]),
        Health = written.Health is { } health ? new(health.Path, health.Interval.Value, health.Timeout.Value) : null,
        Ejection = written.Ejection is { } ejection
            ? new(ejection.FailureRatio, ejection.MinRequests, compilation.Ticks(ejection.Window), compilation.Ticks(ejection.For), ejection.MaxEjected) : null,
        Failover = failover,
        QueueHeader = written.Concurrency.QueueHeader,
        ReturnOver = compilation.Ticks(SlowReturnOver),
    };

    private static ChainShare ShareOf(ChainPolicy chain, ChainLoad load, double whole) =>
        new(load, chain.Share / whole, chain.Share * (1 - chain.Lend) / whole, Math.Min(1, (chain.Share / whole) + chain.Borrow));

    private BackendGate Gate(string backend, BackendConcurrencyPolicy limit, string[] chains)
    {
        var gate = compilation.State.Gate(backend);
        var whole = Math.Max(1, chains.Sum(c => compilation.Policy.Chains[c].Share));
        // One chain alone has it all, and without shares criticality alone decides: neither is worth counting.
        var shares = chains.Length > 1 && chains.Any(c => compilation.Policy.Chains[c] is { Share: > 0 } or { Borrow: < 1 })
            ? chains.Select(c => ShareOf(compilation.Policy.Chains[c], gate.Chain(c), whole)).ToArray()
            : null;
        var plan = new GatePlan(
            new(limit.Initial, limit.Min, limit.Max),
            QueueCapacity: compilation.Policy.Shedding.MaxWait.Value == TimeSpan.Zero ? 0 : LeastQueue,
            compilation.Ticks(compilation.Policy.Shedding.MaxWait))
        {
            QueueSeconds = QueueSeconds,
            PatientFrom = (int)Criticality.CriticalPlus,
            Patience = compilation.Ticks(compilation.Policy.Shedding.CriticalWait),
            Floor = compilation.Policy.Shedding.Floor,
            Chains = shares,
            TicksPerSecond = compilation.Frequency,
        };
        return new(plan, gate, shares is null ? null : chains.ToFrozenDictionary(static c => c, gate.Chain, StringComparer.Ordinal)) { Rule = Rule(backend) };
    }

    // Under which an attempt that comes from elsewhere asks it; null: it asks nobody.
    private GateRule? Rule(string backend)
    {
        var mode = compilation.ModeOf(compilation.Policy.Shedding.Mode, LayerName.Shed);
        return mode == Mode.Off ? null : new(compilation.Pipeline.Shed, backend, mode, compilation.Shadow(compilation.Pipeline.Shed, backend))
        {
            EnforceShare = compilation.Share(compilation.Policy.Shedding.EnforcePercent, LayerName.Shed),
        };
    }

    private DestinationPlan Destination(string backend, string name, string address)
    {
        var http2 = address.StartsWith("h2c://", StringComparison.OrdinalIgnoreCase);
        var prefix = (http2 ? string.Concat("http", address.AsSpan(3)) : address).TrimEnd('/');
        var happened = compilation.State.Destination(backend, name);
        happened.StandsAt(prefix);
        return new(name, prefix, http2, happened);
    }
}
