using SandGlass.Layers.Coalesce;
using SandGlass.Layers.Fallback;
using SandGlass.Policy;
using SandGlass.Telemetry;
using SandGlass.Yarp;

namespace SandGlass.Request;

/// <summary>A route as the machine runs it: how it is matched, which rules stand on its way, and where it leads. Immutable.</summary>
public sealed class RoutePlan
{
    // Arrays: walking a list by its interface costs an object a request.
    private readonly string[] _methods = [];
    private readonly string[] _hosts = [];
    private readonly CoalescePlan[] _sharing = [];

    /// <summary>The route's name in the policy; "none" for requests that no route takes.</summary>
    public required string Name { get; init; }

    /// <summary>The chain's name; "none" as above.</summary>
    public required string Chain { get; init; }

    /// <summary>How much it matters.</summary>
    public required Criticality Criticality { get; init; }

    /// <summary>The path.</summary>
    public required PathPattern Pattern { get; init; }

    /// <summary>Names of the path's parameters, in order.</summary>
    public IReadOnlyList<string> Parameters { get; init; } = [];

    /// <summary>Methods that it takes; empty: all.</summary>
    public IReadOnlyList<string> Methods { get => _methods; init => _methods = [.. value]; }

    /// <summary>Hosts that it takes (no port, or <c>*.example.com</c>); empty: all.</summary>
    public IReadOnlyList<string> Hosts { get => _hosts; init => _hosts = [.. value]; }

    /// <summary>The rules on the way, in the order of <see cref="Pipeline"/>; rules that are off are not there.</summary>
    public IReadOnlyList<Rule> Rules { get => RuleArray; init => _sharing = [.. (RuleArray = [.. value]).OfType<CoalescePlan>()]; }

    /// <summary>The same, for the hot path.</summary>
    internal Rule[] RuleArray { get; private init; } = [];

    /// <summary>Where it leads; null where <see cref="Answer"/> is given.</summary>
    public BackendPlan? Backend { get; init; }

    /// <summary>Its slot in the limits of the backends that it leads to.</summary>
    public int Slot { get; init; }

    /// <summary>The fixed answer of a route without a backend.</summary>
    public FallbackPlan? Answer { get; init; }

    /// <summary>Attempts after the first; null where no backend is asked.</summary>
    public AttemptPlan? Attempts { get; init; }

    /// <summary>How long the head of the answer may take, what of it is left goes along as the deadline; and how long a body may be silent.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The same in milliseconds, as text.</summary>
    public string TimeoutText { get; init; } = "10000";

    /// <summary>The rule of its own degraded answer, which replaces a backend's 5xx where it acts; null: none.</summary>
    public Rule? Fallback { get; init; }

    /// <summary>Its last good answers; null where none of its fallbacks repeats one.</summary>
    public LastGoodPlan? LastGood { get; init; }

    /// <summary>The counters of this route; live as long as the process.</summary>
    public required RouteTally Tally { get; init; }

    /// <summary>The fallbacks that may answer here: the route's own, its switches', and those that stand in where these have nothing.</summary>
    public IEnumerable<FallbackPlan> Fallbacks => RuleArray
        .Select(static rule => rule switch { FallbackRule own => own.Plan, Layers.Switch.SwitchPlan one => one.DivertTo, _ => null })
        .Append(Answer).OfType<FallbackPlan>().SelectMany(static first => first.Chain).Distinct();

    /// <summary>Whether the route shares answers, as far as this client is concerned: then each of its answers says what became of that.</summary>
    public bool Shares(Passage passage)
    {
        foreach (var rule in _sharing)
        {
            if (rule.ActsOn(passage))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Which parameter has this name; −1: none.</summary>
    public int ParameterIndex(string name)
    {
        for (var i = 0; i < Parameters.Count; i++)
        {
            if (string.Equals(Parameters[i], name, StringComparison.OrdinalIgnoreCase))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>
    /// How closely the route names this method and host: negative where it does not take them; the more of the host it names, the
    /// higher; then one that names the method is above one that takes any. Methods are told apart by case (RFC 9110 §9.1), hosts are not.
    /// </summary>
    public int Closeness(string method, ReadOnlySpan<char> host)
    {
        var named = false;
        foreach (var m in _methods)
        {
            named |= string.Equals(m, method, StringComparison.Ordinal);
        }

        if (!named && _methods.Length > 0)
        {
            return -1;
        }

        var closest = _hosts.Length == 0 ? 0 : -1;
        foreach (var h in _hosts)
        {
            // *.example.com: longer is closer, and a whole name is closer than any of them.
            closest = Math.Max(closest, !h.StartsWith('*') ? host.Equals(h, StringComparison.OrdinalIgnoreCase) ? int.MaxValue / 4 : -1
                : host.Length > h.Length - 1 && host.EndsWith(h.AsSpan(1), StringComparison.OrdinalIgnoreCase) ? h.Length : -1);
        }

        return closest < 0 ? -1 : (closest * 2) + (named ? 1 : 0);
    }
}
