namespace SandGlass.LoadTests.Planning;

/// <summary>
/// Chance from a seed: SplitMix64 (Steele, Lea, Flood 2014). A journey has dice of its own, made from the run's seed and its number, so what
/// it draws depends neither on threads nor on what came back. Eight bytes, where a seeded Random holds 55 numbers.
/// </summary>
internal struct Dice(ulong seed)
{
    private ulong _state = seed;

    /// <summary>The dice of one journey of one scenario.</summary>
    public static Dice Of(int seed, int scenario, long journey)
    {
        var mixer = new Dice(((ulong)(uint)seed << 32) | (uint)scenario);
        return new(mixer.Next() ^ ((ulong)journey * 0xD1342543DE82EF95));
    }

    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        var mixed = _state;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>In [0, 1).</summary>
    public double Roll() => (Next() >> 11) * (1.0 / (1UL << 53));
}
