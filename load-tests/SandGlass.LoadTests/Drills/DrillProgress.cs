using SandGlass.LoadTests.Commands;
using SandGlass.LoadTests.Measuring;

namespace SandGlass.LoadTests.Drills;

/// <summary>Where drills are: which run of how many, and how the critical chain fares in it.</summary>
internal sealed class DrillProgress(ProgressLine line)
{
    private string _what = string.Empty;
    private double _shown;

    /// <summary>So many runs are to come.</summary>
    public int Runs { get; set; }

    private int Run { get; set; }

    public void Begin(Drill drill, bool protect, bool again) => Begin($"{drill.Name}, {(protect ? "protected" : "unprotected")}", again);

    public void Begin(string what, bool again)
    {
        Runs += again ? 1 : 0;
        Run++;
        _what = $"[{Run}/{Runs}] {what}{(again ? ", once more, as the generator fell behind" : string.Empty)}";
        _shown = 0;
        line.Say(_what);
    }

    /// <summary>Twice a second, where that disturbs nobody.</summary>
    public void Show(double now, double seconds, List<Wished> wishes, Recorder recorder)
    {
        if (!line.Stays || now < _shown + 0.5)
        {
            return;
        }

        _shown = now;
        var (asked, good) = recorder.Locked(() =>
        {
            var last = wishes.Where(w => w.Chain == Drill.Critical && w.At > now - 2).ToArray();
            return (last.Length, last.Count(static w => w.Good));
        });
        line.Say($"{_what}: {now:0.0} of {seconds:0} s{(asked == 0 ? string.Empty : $", orders {100 * good / asked} %")}");
    }

    /// <summary>Makes room for what stays.</summary>
    public void Clear() => line.Clear();
}
