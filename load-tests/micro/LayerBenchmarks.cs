using BenchmarkDotNet.Attributes;
using SandGlass.Algorithms;
using SandGlass.Algorithms.Breaking;
using SandGlass.Algorithms.Concurrency;
using SandGlass.Algorithms.Counting;
using SandGlass.Algorithms.Keys;

namespace SandGlass.Micro;

/// <summary>What the deciding layers ask, each with nothing in its way: the price that every request pays.</summary>
public class LayerBenchmarks
{
    private readonly SipKey _key = new(1, 2);
    private readonly byte[] _bytes = [.. Enumerable.Range(0, 16).Select(static i => (byte)i)];
    private readonly AdmissionGate _gate = new(new FixedLimit());
    private readonly GatePlan _gatePlan = new(new(64, 4, 1024), 64, TimeProvider.System.TimestampFrequency / 20);
    private readonly CircuitBreaker _breaker = new();
    private readonly BreakerPlan _breakerPlan = new(
        0.5, 0, long.MaxValue, TimeProvider.System.TimestampFrequency * 10, 20, TimeProvider.System.TimestampFrequency * 5);

    private readonly StripedCounter _counter = new();
    private readonly DurationHistogram _durations = new(TimeProvider.System.TimestampFrequency);
    private readonly SieveCache<UInt128, object> _cache = new(64 << 20);
    private UInt128[] _keys = [];
    private long _now;
    private int _at;

    [GlobalSetup]
    public void Fill()
    {
        _keys = [.. Enumerable.Range(0, 1024).Select(i => Hash(i))];
        foreach (var key in _keys)
        {
            _cache.Set(key, new(), 1024);
        }
    }

    [Benchmark(Description = "SipHash-1-3 of 16 bytes")]
    public ulong Sip() => SipHash.Hash(_key, _bytes);

    [Benchmark(Description = "key of route, host and path, 128 bit")]
    public UInt128 CacheKey()
    {
        var hasher = new KeyHasher(_key);
        hasher.Add("product");
        hasher.Add("shop.example.com");
        hasher.Add("/api/products/sku-1");
        return hasher.Finish128();
    }

    [Benchmark(Description = "cache hit")]
    public bool Hit() => _cache.TryGet(_keys[_at = (_at + 1) & 1023], out _);

    [Benchmark(Description = "gate: enter and leave")]
    public bool Gate()
    {
        var now = ++_now;
        var verdict = _gate.TryEnter(_gatePlan, 2, now, out _);
        _gate.Leave(_gatePlan, now, now, Outcome.Success);
        return verdict.Admitted;
    }

    [Benchmark(Description = "breaker: ask and report")]
    public bool Breaker()
    {
        var now = ++_now;
        var verdict = _breaker.Ask(_breakerPlan, now, 0.5, out var permit);
        _breaker.Report(_breakerPlan, permit, Outcome.Success, 1, now, 0.5);
        return verdict.Admitted;
    }

    [Benchmark(Description = "count one, record one duration")]
    public void Count()
    {
        _counter.Add();
        _durations.Record(123_456);
    }

    private UInt128 Hash(int number)
    {
        var hasher = new KeyHasher(_key);
        hasher.Add((ulong)number);
        return hasher.Finish128();
    }
}
