using SandGlass.Algorithms.Counting;

namespace SandGlass.Layers.Fallback;

/// <summary>What is known of one route's last good answers; lives as long as the process.</summary>
/// <param name="route">The route.</param>
public sealed class LastGoodState(string route)
{
    private volatile GoodAnswer? _newest;

    /// <summary>The route.</summary>
    public string Route { get; } = route;

    /// <summary>The newest of all its keys; null: there is none.</summary>
    public GoodAnswer? Newest => _newest;

    /// <summary>Answers that were new or different.</summary>
    public StripedCounter Kept { get; } = new();

    /// <summary>Answers that nobody else may have: private, no-store, with a cookie, too large.</summary>
    public StripedCounter Unfit { get; } = new();

    /// <summary>Requests that may feed nothing and be given nothing: they carry what may tell their sender from others.</summary>
    public StripedCounter Personal { get; } = new();

    /// <summary>One was kept.</summary>
    public void Keep(GoodAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        if (_newest is not { } known || known.At <= answer.At)
        {
            _newest = answer;
        }
    }
}
