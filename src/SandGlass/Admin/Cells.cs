using SandGlass.Request;
using SandGlass.Telemetry;

namespace SandGlass.Admin;

/// <summary>Outcomes × places of some routes, added up once: totals now, and rates of the last second.</summary>
internal sealed class Cells
{
    private readonly long[] _totals = new long[RequestOutcomes.Count * Places.Count];
    private readonly double[] _rates = new double[RequestOutcomes.Count * Places.Count];

    private Cells()
    {
    }

    /// <summary>Adds routes up.</summary>
    public static Cells Of(IEnumerable<RouteTally> tallies, Rates rates)
    {
        var cells = new Cells();
        foreach (var tally in tallies)
        {
            for (var i = 0; i < cells._totals.Length; i++)
            {
                var (outcome, place) = At(i);
                cells._totals[i] += tally.Total(outcome, place);
                cells._rates[i] += rates.PerSecond(tally, outcome, place);
            }
        }

        return cells;
    }

    /// <summary>The sum of the cells that count.</summary>
    public Flow Sum(Func<RequestOutcome, Place, bool> counts)
    {
        var sum = default(Flow);
        for (var i = 0; i < _totals.Length; i++)
        {
            var (outcome, place) = At(i);
            if (counts(outcome, place))
            {
                sum += new Flow(_totals[i], _rates[i]);
            }
        }

        return sum;
    }

    /// <summary>By outcome.</summary>
    public OutcomeStatus[] Outcomes() => [.. RequestOutcomes.All.Select(outcome =>
    {
        var flow = Sum((o, _) => o == outcome);
        return new OutcomeStatus(outcome.Word(), flow.Total, flow.PerSecond);
    })];

    private static (RequestOutcome Outcome, Place Place) At(int cell) => ((RequestOutcome)(cell / Places.Count), (Place)(cell % Places.Count * 10));
}
