namespace SandGlass.Request;

/// <summary>
/// The places on the way of a request, in its order. The number is the layer's place in the tree and in <see cref="Pipeline"/>;
/// <see cref="Forward"/> is not a layer but the end of the way, and <see cref="None"/> is where no route matches.
/// </summary>
public enum Place : byte
{
    None = 0,
    Trust = 10,
    Fallback = 20,
    Switch = 30,
    RateLimit = 40,
    WaitingRoom = 50,
    Coalesce = 60,
    Shed = 70,
    Break = 80,
    Forward = 90,
}

/// <summary>The words of <see cref="Place"/> in metrics, headers and JSON, and a dense index for counters.</summary>
public static class Places
{
    private static readonly string[] Words =
        ["none", "trust", "fallback", "switch", "rate-limit", "waiting-room", "coalesce", "shed", "break", "forward"];

    /// <summary>How many places there are.</summary>
    public static int Count => Words.Length;

    /// <summary>All places, in the order of the way.</summary>
    public static IEnumerable<Place> All => Enumerable.Range(0, Count).Select(i => (Place)(i * 10));

    /// <summary>0 … <see cref="Count"/> − 1.</summary>
    public static int Index(this Place layer) => (int)layer / 10;

    /// <summary>The word that users meet.</summary>
    public static string Word(this Place layer) => Words[layer.Index()];
}
