namespace SandGlass.OverloadProbe;

/// <summary>A chain in a tenth of a second. Who came and was kept is counted when they came, all else when it ended.</summary>
internal sealed class Cell
{
    /// <summary>First requests.</summary>
    public int Came { get; set; }

    /// <summary>Of those who came now, all that ended well, at once or after trying again.</summary>
    public int Kept { get; set; }

    /// <summary>Refusals.</summary>
    public int Refused { get; set; }

    /// <summary>Other ends that were not good.</summary>
    public int Failed { get; set; }

    /// <summary>Clients whose patience was over.</summary>
    public int Left { get; set; }

    /// <summary>Milliseconds of the good ones, from the planned moment on.</summary>
    public List<float> Good { get; } = [];
}

/// <summary>What clients saw, by tenths of a second and by chain.</summary>
internal sealed class Series
{
    /// <summary>Cells a second.</summary>
    public const int PerSecond = 10;

    private readonly Cell[][] _cells;
    private readonly int[] _completed;
    private readonly int[] _byTarget;
    private readonly (double From, double To) _window;

    /// <summary>Empty, long enough for what ends after the last arrival.</summary>
    public Series(Plan plan)
    {
        var length = (int)((plan.Seconds + 60) * PerSecond);
        _cells = [.. Enumerable.Range(0, length).Select(_ => plan.Chains.Select(static _ => new Cell()).ToArray())];
        _completed = new int[length];
        _byTarget = new int[plan.Targets.Length];
        _window = (plan.Judge.From, plan.Judge.To);
    }

    /// <summary>Good answers of each target in the measured window.</summary>
    public IReadOnlyList<int> ByTarget => _byTarget;

    public void Came(double at, int chain)
    {
        var cell = At(at, chain);
        lock (cell)
        {
            cell.Came++;
        }
    }

    public void Kept(double at, int chain)
    {
        var cell = At(at, chain);
        lock (cell)
        {
            cell.Kept++;
        }
    }

    public void Completed(double at) => Interlocked.Increment(ref _completed[Index(at)]);

    public void Ended(double at, int chain, int target, End end, double seconds)
    {
        var cell = At(at, chain);
        lock (cell)
        {
            switch (end)
            {
                case End.Good: cell.Good.Add((float)(seconds * 1000)); break;
                case End.Refused: cell.Refused++; break;
                case End.Failed: cell.Failed++; break;
                default: cell.Left++; break;
            }
        }

        if (end == End.Good && at >= _window.From && at < _window.To)
        {
            Interlocked.Increment(ref _byTarget[target]);
        }
    }

    /// <summary>The cells of some chains from a moment to another.</summary>
    public IEnumerable<Cell> Of(double from, double to, Func<int, bool> chains)
    {
        var last = Math.Min(Index(to), _cells.Length);
        for (var i = Index(from); i < last; i++)
        {
            for (var chain = 0; chain < _cells[i].Length; chain++)
            {
                if (chains(chain))
                {
                    yield return _cells[i][chain];
                }
            }
        }
    }

    /// <summary>Journeys that came to their end.</summary>
    public int Journeys(double from, double to) => _completed.AsSpan(Index(from)..Index(to)).ToArray().Sum();

    /// <summary>Of sorted values; 0 where there are none.</summary>
    public static double Quantile(IReadOnlyList<float> sorted, double q) => sorted.Count == 0 ? 0 : sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * q))];

    private Cell At(double at, int chain) => _cells[Index(at)][chain];

    private int Index(double at) => Math.Clamp((int)Math.Round(at * PerSecond, 6), 0, _cells.Length - 1);
}
