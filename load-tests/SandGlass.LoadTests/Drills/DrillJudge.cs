namespace SandGlass.LoadTests.Drills;

/// <summary>Holds a drill's goals against what was measured.</summary>
internal static class DrillJudge
{
    /// <summary>Goodput, p99, time to protect and time to recover; what was never reached is no number and missed.</summary>
    /// <param name="drill">Its goals and spans.</param>
    /// <param name="wishes">Of all clients, measured.</param>
    /// <param name="began">When the fault really began, seconds.</param>
    /// <param name="ended">When it really was over.</param>
    /// <param name="end">Of the load.</param>
    public static IReadOnlyList<GoalResult> Judge(Drill drill, IReadOnlyList<Wished> wishes, double began, double ended, double end)
    {
        var critical = wishes.Where(static w => w.Chain == Drill.Critical).ToArray();
        var shoppers = wishes.Where(static w => w.Chain != Drill.Hostile);
        var judged = critical.Where(w => w.At >= drill.Judged.From && w.At < drill.Judged.To).ToArray();
        double? goodput = judged.Length == 0 ? null : (double)judged.Count(static w => w.Good) / judged.Length;
        var goals = drill.Goals;
        return
        [
            AtLeast("goodput", "goodput of the critical chain", "", goodput, goals.CriticalGoodput),
            AtMost("p99", "p99 of the critical chain", "ms", P99(judged), goals.P99),
            AtMost("protect", "time to protect", "s", Held.TimeToProtect(critical, began, ended), goals.Protect),
            AtMost("recover", "time to recover", "s", Held.TimeToRecover(shoppers, ended, end), goals.Recover),
        ];
    }

    /// <summary>Of good answers, in milliseconds, by the nearest rank; null where there is none.</summary>
    public static double? P99(IReadOnlyCollection<Wished> wishes)
    {
        double[] sorted = [.. wishes.Where(static w => w.Good).Select(static w => w.Took.TotalMilliseconds).Order()];
        return sorted.Length == 0 ? null : sorted[(int)Measuring.LogLinearHistogram.Rank(sorted.Length, 0.99) - 1];
    }

    private static GoalResult AtLeast(string key, string what, string unit, double? value, double goal) => new(key, what, unit, value, "≥", goal, value >= goal);

    private static GoalResult AtMost(string key, string what, string unit, double? value, double goal) => new(key, what, unit, value, "≤", goal, value <= goal);
}
