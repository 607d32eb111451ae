using System.Globalization;

namespace SandGlass.LoadTests.Comparing;

/// <summary>One peer under one load over all rounds: medians of the cells that are measurements.</summary>
internal sealed record Row(string Peer, double Times, int Valid, int Rounds, string? Invalid, IReadOnlyList<Cell> Cells)
{
    public static IReadOnlyList<Row> Of(ComparisonReport report) =>
    [
        .. from group_ in report.Cells.GroupBy(static c => (c.Times, c.Peer))
           orderby group_.Key.Times, report.Peers.ToList().FindIndex(p => p.Name == group_.Key.Peer)
           let valid = group_.Where(static c => c.Invalid.Count == 0).ToArray()
           select new Row(group_.Key.Peer, group_.Key.Times, valid.Length, group_.Count(), valid.Length > 0 ? null : group_.First().Invalid[0], valid),
    ];

    /// <summary>The middle one; the mean of the two in the middle of an even number.</summary>
    public double Median(Func<Cell, double> value)
    {
        double[] ordered = [.. Cells.Select(value).Order()];
        return (ordered[(ordered.Length - 1) / 2] + ordered[ordered.Length / 2]) / 2;
    }

    /// <summary>Cells of tables; one that is no measurement has no number.</summary>
    public IReadOnlyList<string> Texts()
    {
        if (Invalid is not null)
        {
            return [Tables.Times(Times), Peer, "INVALID", .. Enumerable.Repeat(string.Empty, Tables.Columns.Count - 3)];
        }

        string Percent(double part) => (100 * part).ToString("0.0", CultureInfo.InvariantCulture) + " %";
        string Whole(double value) => value.ToString("0", CultureInfo.InvariantCulture);
        var chains = Cells[0].Chains.Select((_, i) => $"{Percent(Median(c => c.Chains[i].Share))} ({Whole(Median(c => c.Chains[i].Good / c.Seconds))}/s)");
        var wasted = Median(static c => c.Done == 0 ? 0 : (double)c.Wasted / c.Done);
        var saved = Median(static c => c.Saved);
        return
        [
            Tables.Times(Times), Peer, .. chains, Whole(Median(static c => c.Good / c.Seconds)), Percent(Median(static c => c.Orders.Share)), Whole(Median(static c => c.P50Ms)),
            Whole(Median(static c => c.P99Ms)), Whole(Median(static c => c.TransactionP99Ms)), saved < 0 ? "none" : Percent(saved), Percent(wasted),
            Cells.All(static c => c.CpuUs is not null) ? Whole(Median(static c => c.CpuUs!.Value)) : "?", $"{Valid}/{Rounds}",
        ];
    }
}
