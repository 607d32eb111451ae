using SandGlass.LoadTests.Planning;

namespace SandGlass.LoadTests.Measuring;

/// <summary>
/// What users asked of each chain and what of it was answered well, in tenths of a second (more where the run is long), by the moments that were planned.
/// A client that asks again is one user all the time.
/// </summary>
internal sealed class ChainSeries
{
    // 6,000 moments of 16 bytes a chain.
    private const int Most = 6_000;

    private readonly int[][] _chains;
    private readonly (long Asked, long Good)[][] _moments;

    /// <param name="scenarios">Whose steps name their chains.</param>
    /// <param name="seconds">How long arrivals go on.</param>
    public ChainSeries(IReadOnlyList<Scenario> scenarios, double seconds)
    {
        Names = [.. scenarios.SelectMany(static s => s.Steps).Select(static s => s.Chain).Distinct()];
        _chains = [.. scenarios.Select(s => s.Steps.Select(step => Array.IndexOf([.. Names], step.Chain)).ToArray())];
        var bounded = Math.Min(seconds, 1e9);
        Step = Math.Max(1, Math.Ceiling(bounded * 10 / Most)) / 10;
        _moments = [.. Names.Select(_ => new (long, long)[Math.Max(1, (int)Math.Ceiling((bounded + Series.After) / Step))])];
    }

    /// <summary>In the order in which scenarios name them.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Seconds of one moment.</summary>
    public double Step { get; }

    /// <summary>One chain over time.</summary>
    public IReadOnlyList<(long Asked, long Good)> Of(int chain) => _moments[chain];

    /// <summary>A journey that was not begun for want of room: asked for all the same.</summary>
    public void Dropped(int scenario, double at) => At(_chains[scenario][0], at).Asked++;

    public void Ended(in Ended ended)
    {
        if (ended.Wish is { } wish)
        {
            ref var moment = ref At(_chains[ended.Scenario][ended.Step], wish.At);
            moment.Asked++;
            moment.Good += ended.Answer.Outcome.Good() ? 1 : 0;
        }
    }

    private ref (long Asked, long Good) At(int chain, double at)
    {
        var moments = _moments[chain];
        return ref moments[Math.Clamp((int)(at / Step), 0, moments.Length - 1)];
    }
}
