using SandGlass.Request;
using SandGlass.Telemetry;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Telemetry;

public sealed class LedgerTests
{
    [Fact]
    public void Counts_each_end_in_its_own_cell()
    {
        var ledger = new Ledger(1000);
        var tally = ledger.Tally("c", "r");
        Assert.Same(tally, ledger.Tally("c", "r"));
        foreach (var outcome in RequestOutcomes.All)
        {
            foreach (var place in Places.All)
            {
                ledger.Begin();
                Assert.Equal(1, ledger.UnderWay);
                ledger.End(tally, new(outcome, place), 5);
            }
        }

        Assert.All(RequestOutcomes.All, o => Assert.All(Places.All, p => Assert.Equal(1, tally.Total(o, p))));
        Assert.Equal((80, 80, 0), (ledger.Begun, ledger.Ended, ledger.UnderWay));
        Assert.All(RequestOutcomes.All, o => Assert.Equal(10, tally.Durations(o)!.Count));
    }

    [Fact]
    public void Is_never_below_zero_while_many_count()
    {
        var ledger = new Ledger(1000);
        var tally = ledger.Tally("c", "r");
        Parallel.For(0, 8, _ =>
        {
            for (var i = 0; i < 5_000; i++)
            {
                ledger.Begin();
                Assert.True(ledger.UnderWay >= 0);
                ledger.End(tally, new(RequestOutcome.Served, Place.Forward), i);
            }
        });

        Assert.Equal((40_000, 40_000), (tally.Total(RequestOutcome.Served, Place.Forward), ledger.Ended));
    }

    [Fact]
    public void Logs_the_first_defect_of_a_kind_and_every_thousandth()
    {
        var log = new ListLog();
        using var glass = new Glass(Policies.With());
        var defects = new Defects(log);
        for (var i = 0; i < 2_500; i++)
        {
            defects.Report(glass.Route, new InvalidOperationException("x"));
        }

        defects.Report(glass.Route.Rules[0], new ArgumentException("y"));

        Assert.Equal(4, log.Lines.Count);
        Assert.Equal(2_501, defects.Totals.Sum(static d => d.Total));
    }

    [Fact]
    public void Escapes_labels_as_prometheus_reads_them()
    {
        var text = new PrometheusText();
        text.Family("m", "counter", "h").Sample(1.5, ("a", "x\"y\\z\nw"), ("b", ""));
        text.Sample("_count", 2);

        Assert.Equal("# HELP m h\n# TYPE m counter\nm{a=\"x\\\"y\\\\z\\nw\",b=\"\"} 1.5\nm_count 2\n", text.ToString());
    }
}
