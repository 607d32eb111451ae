using System.Runtime.Intrinsics.X86;
using BenchmarkDotNet.Attributes;
using SandGlass.Algorithms.Keys;
using SandGlass.Algorithms.Rates;

namespace SandGlass.Micro;

/// <summary>
/// One decision, key hash included, for one key and for one of a million in no order: aim under 150 ns and 0 bytes. A thousand follow each other, as they do
/// under load. Among a million keys each walks to memory, and so the walk of one may overlap with the hash of the next; <see cref="Alone"/> is what one costs that
/// overlaps with nothing, a load fence included: the machine's whole latency. Each loop is written out: in one generic method for all, to which the table came as a parameter,
/// the same decisions took 160 to 190 ns in place of 90 to 120.
/// </summary>
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
    private const int Row = 1000;
    private long[] _memory = [];
    private ulong _at;
    private long _now;

    /// <summary>How many keys there are.</summary>
    [Params(1, 1_000_000)]
    public int Keys { get; set; }

    [GlobalSetup(Target = nameof(Memory))]
    public void FillMemory() => _memory = new long[3 * Keys];

    [GlobalSetup(Targets = [nameof(TokenBucket), nameof(Alone)])]
    public void FillTokenBucket() => Fill(TokenBucket);

    [GlobalSetup(Target = nameof(Sliding))]
    public void FillSliding() => Fill(Sliding);

    [GlobalSetup(Target = nameof(Fixed))]
    public void FillFixed() => Fill(Fixed);

    [GlobalSetup(Target = nameof(Concurrency))]
    public void FillConcurrency() => Fill(Hold);

    [GlobalSetup(Target = nameof(Warming))]
    public void FillWarming() => Fill(Warming);

    [GlobalSetup(Target = nameof(Pacing))]
    public void FillPacing() => Fill(Pacing);

    /// <summary>What the machine's memory alone costs in this run: the key's hash, a lock, and one word of as many bytes as a table has.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Row, Description = "hash, lock and one word at random")]
    public long Memory()
    {
        long sum = 0;
        for (int i = 0; i < Row; i++)
        {
            int at = (int)(Next() % (ulong)Keys) * 3;
            lock (_lock)
            {
                sum += _memory[at] += 1;
            }
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Row, Description = "token-bucket")]
    public int TokenBucket()
    {
        int admitted = 0;
        for (int i = 0; i < Row; i++)
        {
            admitted += _buckets.Take(_bucket, Next(), _now += 10).Admitted ? 1 : 0;
        }

        return admitted;
    }

    [Benchmark(OperationsPerInvoke = Row, Description = "token-bucket, fenced off from the next")]
    public int Alone()
    {
        int admitted = 0;
        for (int i = 0; i < Row; i++)
        {
            admitted += _buckets.Take(_bucket, Next(), _now += 10).Admitted ? 1 : 0;
            Fence();
        }

        return admitted;
    }

    [Benchmark(OperationsPerInvoke = Row, Description = "sliding-window")]
    public int Sliding()
    {
        int admitted = 0;
        for (int i = 0; i < Row; i++)
        {
            admitted += _sliding.Take(_window, Next(), _now += 10).Admitted ? 1 : 0;
        }

        return admitted;
    }

    [Benchmark(OperationsPerInvoke = Row, Description = "fixed-window")]
    public int Fixed()
    {
        int admitted = 0;
        for (int i = 0; i < Row; i++)
        {
            admitted += _fixed.Take(_window, Next(), _now += 10).Admitted ? 1 : 0;
        }

        return admitted;
    }

    [Benchmark(OperationsPerInvoke = 2 * Row, Description = "concurrency, taken, or given back later")]
    public int Concurrency()
    {
        ulong from = _at;
        int admitted = 0;
        for (int i = 0; i < Row; i++)
        {
            admitted += _flights.Take(_inFlight, Next(), _now += 10).Admitted ? 1 : 0;
        }

        _at = from;
        for (int i = 0; i < Row; i++)
        {
            _flights.Refund(_inFlight, Next(), _now);
        }

        return admitted;
    }

    [Benchmark(OperationsPerInvoke = Row, Description = "warm-up")]
    public int Warming()
    {
        int admitted = 0;
        for (int i = 0; i < Row; i++)
        {
            admitted += _warming.Take(_warmUp, Next(), _now += 10).Admitted ? 1 : 0;
        }

        return admitted;
    }

    [Benchmark(OperationsPerInvoke = Row, Description = "paced")]
    public int Pacing()
    {
        int admitted = 0;
        for (int i = 0; i < Row; i++)
        {
            admitted += _pacing.Take(_paced, Next(), _now += 10).Admitted ? 1 : 0;
        }

        return admitted;
    }

    // Every key has been seen and still owes something: drawn at random, 5 times as many leave out fewer than one in a hundred.
    private void Fill(Func<int> take)
    {
        for (int i = 0; i < 5 * Keys; i += Row)
        {
            take();
        }
    }

    // One request of every key stays under way.
    private int Hold()
    {
        for (int i = 0; i < Row; i++)
        {
            _flights.Take(_inFlight, Next(), _now);
        }

        return Row;
    }

    private static void Fence()
    {
        if (Sse2.IsSupported)
        {
            Sse2.LoadFence();
        }
    }

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
