using SandGlass.Algorithms.Keys;
using SandGlass.Layers.Break;
using SandGlass.Layers.Coalesce;
using SandGlass.Layers.Fallback;
using SandGlass.Layers.RateLimit;
using SandGlass.Layers.Shed;
using SandGlass.Layers.Switch;
using SandGlass.Layers.Trust;
using SandGlass.Request;

namespace SandGlass;

/// <summary>
/// THE list: the way of a request, in order. A layer's folder carries the same number. Everything that needs the order (the compiler,
/// the console, the tests) takes it from here.
/// </summary>
public sealed class Pipeline
{
    /// <summary>The layers of one gateway.</summary>
    /// <param name="key">Keys all hashes of what clients send: nobody outside can choose where their key falls.</param>
    /// <param name="time">The clock.</param>
    public Pipeline(SipKey key, TimeProvider time)
    {
        HotKeys = new(key);
        HotLimit = new();
        Layers =
        [
            Trust = new TrustLayer(),               // 10: who is it, and do all of us read the same request? All keys lean on it.
            Fallback = new FallbackLayer(time),     // 20: stands around what follows: what is refused or fails there may leave degraded.
            Switch = new SwitchLayer(),             // 30: what ops have switched off costs nothing further and charges nobody.
            RateLimit = new RateLimitLayer(key, time), // 40: quotas are about the client, so they come before anything about us.
                                                    // 50: the waiting room's place: after the quotas, before anything is spent on a visitor.
            Coalesce = new CoalesceLayer(key, time), // 60: what is known or being fetched needs no backend.
            Shed = new ShedLayer(time),             // 70: what needs a backend waits for room, the most critical first.
            Break = new BreakLayer(),               // 80: and does not go where nothing has answered lately.
        ];
    }

    /// <summary>In order.</summary>
    public IReadOnlyList<Layer> Layers { get; }

    /// <summary>Beside the way: the gateway's own load, asked right after Trust and routing.</summary>
    public GuardLayer Guard { get; } = new();

    /// <summary>Beside the way: counts what is asked for, right before the micro-cache.</summary>
    public HotKeyLayer HotKeys { get; }

    /// <summary>Beside the way: the limit of a hot key's own, right behind the micro-cache.</summary>
    public HotLimitLayer HotLimit { get; }

    /// <summary>Layer 10.</summary>
    public TrustLayer Trust { get; }

    /// <summary>Layer 20.</summary>
    public FallbackLayer Fallback { get; }

    /// <summary>Layer 30.</summary>
    public SwitchLayer Switch { get; }

    /// <summary>Layer 40.</summary>
    public RateLimitLayer RateLimit { get; }

    /// <summary>Layer 60.</summary>
    public CoalesceLayer Coalesce { get; }

    /// <summary>Layer 70.</summary>
    public ShedLayer Shed { get; }

    /// <summary>Layer 80.</summary>
    public BreakLayer Break { get; }
}
