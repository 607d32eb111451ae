using SandGlass.LoadTests.Commands;
using SandGlass.LoadTests.Drills;

namespace SandGlass.LoadTests.Tests.Drills;

/// <summary>A short drill with all that belongs to it: the gateway and the shop as processes, real sockets, a replica that fails.</summary>
public sealed class DrillRunTests
{
    [Fact]
    public async Task A_drill_starts_all_breaks_something_judges_and_leaves_nothing_behind()
    {
        var drill = DrillFiles.Read(DrillFiles.Valid, out _)!;
        using var line = new ProgressLine(TextWriter.Null);
        var run = new DrillRun(await File.ReadAllTextAsync(DrillFiles.Shelf.PolicyFile), DrillFiles.Shoppers, null, TimeProvider.System, new DrillProgress(line));
        var result = await run.RunAsync(drill, protect: true, again: false, TestContext.Current.CancellationToken);

        // Numbers and not verdicts: this machine may be busy. A replica that answers nothing but 500 would cost half of all orders for good.
        Assert.Equal(90, result.Cost.Sent);
        Assert.Equal(90, result.Cost.Counted);
        Assert.InRange(result.Cost.ShopCalls, 1, 300);
        Assert.InRange(result.Goal("goodput").Value!.Value, 0.5, 1);
        Assert.Equal(["b fails", "b is well"], result.Marks.Select(static m => m.Text));
        Assert.InRange(result.FaultFrom, 0.5, 2);
        Assert.Equal(90, result.Chains.Single(static c => c.Name == "transaction").Asked.Sum());
        Assert.True(result.Cost.ReadySeconds > 0);
    }
}
