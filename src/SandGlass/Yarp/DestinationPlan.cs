using SandGlass.Algorithms;

namespace SandGlass.Yarp;

/// <summary>One address of a backend.</summary>
/// <param name="name">Its name in the policy.</param>
/// <param name="prefix">Scheme, host, port and base path, without a slash at the end.</param>
/// <param name="http2">Whether it speaks HTTP/2 without TLS (<c>h2c://</c>).</param>
/// <param name="state">What has happened there.</param>
public sealed class DestinationPlan(string name, string prefix, bool http2, DestinationState state)
{
    /// <summary>Its name in the policy.</summary>
    public string Name { get; } = name;

    /// <summary>Scheme, host, port and base path, without a slash at the end.</summary>
    public string Prefix { get; } = prefix;

    /// <summary>Whether it speaks HTTP/2 without TLS.</summary>
    public bool Http2 { get; } = http2;

    /// <summary>What has happened there.</summary>
    public DestinationState State { get; } = state;

    /// <summary>The backend that it belongs to.</summary>
    public BackendPlan Backend { get; private set; } = null!;

    /// <summary>Its place among the backend's destinations.</summary>
    internal int Index { get; private set; }

    /// <summary>A request that went there (<see cref="DestinationState.Enter"/>) has ended; once for each.</summary>
    public void Leave(Outcome outcome, TimeProvider time)
    {
        State.Leave(outcome);
        Backend.Report(this, outcome, time);
    }

    // By the backend's constructor: the two know each other.
    internal void Join(BackendPlan backend, int index) => (Backend, Index) = (backend, index);
}
