using BenchmarkDotNet.Attributes;
using SandGlass.Algorithms.Keys;
using SandGlass.Algorithms.Rates;

namespace SandGlass.Micro;

/// <summary>One decision, key hash included, for one key and for one of a million in no order: aim under 150 ns and 0 bytes.</summary>
public class RateKeysBenchmarks
{
    private static readonly long Second = TimeProvider.System.TimestampFrequency;

    private readonly SipKey _key = new(1, 2);
    private readonly GcraPlan _bucket = GcraPlan.FromRate(50, 100, Second);
    private readonly WindowPlan _window = new(60 * Second, 100);
    private readonly InFlightPlan _inFlight = new(100);
    private readonly WarmUpPlan _warmUp = new(Second / 50, 10 * Second, 2 * Second);
    private readonly PacedPlan _paced = new(Second / 50, Second / 2);
    private readonly RateTable<GcraPlan, long, Gcra> _buckets = new(2_000_000);
    private readonly RateTable<WindowPlan, WindowState, SlidingWindow> _sliding = new(2_000_000);
    private readonly RateTable<WindowPlan, WindowState, FixedWindow> _fixed = new(2_000_000);
    private readonly RateTable<InFlightPlan, long, InFlight> _flights = new(2_000_000);
    private readonly RateTable<WarmUpPlan, WarmUpState, WarmUp> _warming = new(2_000_000);
    private readonly RateTable<PacedPlan, long, Paced> _pacing = new(2_000_000);
    private readonly Lock _lock = new();
    private long[] _memory = [];
    private ulong _at;
    private long _now;

    /// <summary>How many keys there are.</summary>
    [Params(1, 1_000_000)]
    public int Keys { get; set; }

    /// <summary>Every key has been seen and still owes something.</summary>
    [GlobalSetup]
    public void Fill()
    {
        _memory = new long[3 * Keys];
        for (var i = 0; i < Keys; i++)
        {
            TokenBucket();
            Sliding();
            Fixed();
            _flights.Take(_inFlight, Next(), _now);
            Warming();
            Pacing();
        }
    }

    /// <summary>What the machine's memory alone costs in this run: the key's hash, a lock, and one word of as many bytes as a table has.</summary>
    [Benchmark(Baseline = true, Description = "hash, lock and one word at random")]
    public long Memory()
    {
        var at = (int)(Next() % (ulong)Keys) * 3;
        lock (_lock)
        {
            return _memory[at] += 1;
        }
    }

    [Benchmark(Description = "token-bucket")]
    public bool TokenBucket() => _buckets.Take(_bucket, Next(), _now += 10).Admitted;

    [Benchmark(Description = "sliding-window")]
    public bool Sliding() => _sliding.Take(_window, Next(), _now += 10).Admitted;

    [Benchmark(Description = "fixed-window")]
    public bool Fixed() => _fixed.Take(_window, Next(), _now += 10).Admitted;

    [Benchmark(Description = "concurrency, taken and given back")]
    public bool Concurrency()
    {
        var key = Next();
        var admitted = _flights.Take(_inFlight, key, _now += 10).Admitted;
        _flights.Refund(_inFlight, key, _now);
        return admitted;
    }

    [Benchmark(Description = "warm-up")]
    public bool Warming() => _warming.Take(_warmUp, Next(), _now += 10).Admitted;

    [Benchmark(Description = "paced")]
    public bool Pacing() => _pacing.Take(_paced, Next(), _now += 10).Admitted;

    // A walk through all keys in no order (a full period for 2^k is not needed: every key is drawn evenly).
    private ulong Next()
    {
        _at = (_at * 6364136223846793005UL) + 1442695040888963407UL;
        var hasher = new KeyHasher(_key);
        hasher.Add(0);
        hasher.Add((_at >> 33) % (ulong)Keys);
        return hasher.Finish();
    }
}
