using System.Text.Json;
using SandGlass.LoadTests.Comparing;

namespace SandGlass.LoadTests.Tests.Comparing;

public sealed class TablesTests
{
    private static Cell Cell(string peer, int round, long goodOrders, string? invalid = null, long done = 50, double? cpu = 100) => new(
        peer, 10, round, 10, invalid is null ? [] : [invalid], [new("transaction", 100, goodOrders), new("marketing", 800, 400), new("after-sale", 20, 0)], new("order", 40, goodOrders * 40 / 100),
        5, 50, 60, done, 10, cpu, new Dictionary<string, long> { ["200"] = 400 + goodOrders });

    private static ComparisonReport Report(params Cell[] cells) => new(
        DateTimeOffset.UnixEpoch, "a machine", 2, new(200, 100, 1000, 10, 4, 1), [.. cells.Select(static c => new PeerVersion(c.Peer, "1.0")).Distinct()], ["Varnish: varnishd is not on PATH"], cells);

    [Fact]
    public void Rows_are_medians_of_the_rounds_that_are_measurements()
    {
        var row = Assert.Single(Row.Of(Report(Cell("nginx", 1, 10), Cell("nginx", 2, 90), Cell("nginx", 3, 50), Cell("nginx", 4, 0, "fell behind"))));

        Assert.Equal("50.0 % (5/s)", row.Texts()[2]);
        Assert.Equal("3/4", row.Texts()[^1]);
    }

    [Fact]
    public void A_cell_that_is_no_measurement_has_no_number()
    {
        var report = Report(Cell("nginx", 1, 77, "fell | behind"));

        Assert.Equal(["10×", "nginx", "INVALID"], Assert.Single(Row.Of(report)).Texts().Where(static t => t.Length > 0));
        foreach (var text in new[] { Tables.Text(report), Tables.Markdown(report), Tables.Html(report) })
        {
            Assert.Contains("nginx at 10×, round 1: fell | behind", System.Net.WebUtility.HtmlDecode(text), StringComparison.Ordinal);
            Assert.DoesNotContain("77", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Work_for_nobody_is_not_called_saved()
    {
        var texts = Assert.Single(Row.Of(Report(Cell("bare YARP", 1, 0, done: 4000)))).Texts();

        Assert.Equal("none", texts[Tables.Columns.ToList().IndexOf("saved")]);
        Assert.Equal("0.3 %", texts[Tables.Columns.ToList().IndexOf("wasted")]);
    }

    [Fact]
    public void Every_row_has_a_cell_for_every_column_and_who_was_left_out_is_named()
    {
        var report = Report(Cell("SandGlass", 1, 100, cpu: null), Cell("nginx", 1, 3, "fell behind"));

        Assert.All(Row.Of(report), static r => Assert.Equal(Tables.Columns.Count, r.Texts().Count));
        Assert.Contains("left out: Varnish: varnishd is not on PATH", Tables.Markdown(report), StringComparison.Ordinal);
    }

    [Fact]
    public void The_json_holds_all_that_the_table_is_made_from()
    {
        using var json = JsonDocument.Parse(Tables.Json(Report(Cell("SandGlass", 1, 100))));

        var cell = json.RootElement.GetProperty("cells")[0];
        Assert.Equal((100, 40), (cell.GetProperty("chains")[0].GetProperty("good").GetInt32(), cell.GetProperty("orders").GetProperty("good").GetInt32()));
        Assert.Equal(ComparisonReport.CurrentFormat, json.RootElement.GetProperty("format").GetString());
    }
}
