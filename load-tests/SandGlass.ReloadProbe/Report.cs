using System.Globalization;

namespace SandGlass.ReloadProbe;

/// <summary>The table of seconds, and the verdict: no failure, and p99 never above five times its usual for longer than a second.</summary>
internal static class Report
{
    private const double Times = 5;

    // Above this, five times the usual says nothing: others had the machine, or the rate was more than it can do.
    private const double Quiet = 50;

    /// <returns>0 met, 1 missed, 4 not valid.</returns>
    public static int Write(Series series, ChangePlan plan, IReadOnlyList<double> changes, TextWriter output)
    {
        // The second half of the quiet time: in the first, sender and gateway are still being compiled.
        var half = plan.QuietSeconds * Series.PerSecond / 2;
        var usual = Series.Quantile(series.Took(half, half), 0.99);
        output.WriteLine("| second | requests | not 2xx | p50 ms | p99 ms | max ms | |");
        output.WriteLine("| ---: | ---: | ---: | ---: | ---: | ---: | --- |");
        for (var second = 0; second < series.Count / Series.PerSecond; second++)
        {
            var took = series.Took(second * Series.PerSecond, Series.PerSecond);
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {second} | {took.Length} | {series.Failed(second * Series.PerSecond, Series.PerSecond)} | {Series.Quantile(took, 0.5):0.0} | {Series.Quantile(took, 0.99):0.0} | {took.LastOrDefault():0.0} | {(changes.Any(c => (int)c == second) ? "changed" : "")} |"));
        }

        int failed = series.Failed(0, series.Count), run = 0, worst = 0;
        for (var tenth = plan.QuietSeconds * Series.PerSecond; tenth < series.Count; tenth++)
        {
            run = Series.Quantile(series.Took(tenth, 1), 0.99) > Times * usual ? run + 1 : 0;
            worst = Math.Max(worst, run);
        }

        var met = failed == 0 && worst <= Series.PerSecond;
        output.WriteLine();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"usual p99 {usual:0.0} ms; {changes.Count} changes; longest run of tenths of a second with p99 above {Times} times that: {worst / (double)Series.PerSecond:0.0} s; not 2xx: {failed}: {(met ? "met" : "missed")}"));
        if (usual > Quiet)
        {
            Console.Error.WriteLine("reload-probe: the usual p99 is above 50 ms, so the machine was too busy to tell; try again, or with a lower --rate");
            return 4;
        }

        return met ? 0 : 1;
    }
}
