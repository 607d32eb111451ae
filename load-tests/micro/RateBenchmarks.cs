using System.Globalization;
using System.Threading.RateLimiting;
using BenchmarkDotNet.Attributes;
using SandGlass.Algorithms.Keys;
using SandGlass.Algorithms.Rates;

namespace SandGlass.Micro;

/// <summary>One quota decision for one of ten thousand clients, beside .NET's partitioned token bucket: aim ≤ ⅓ of it, beyond ⅒.</summary>
public class RateBenchmarks
{
    private const int Clients = 10_000;

    private readonly string[] _clients = [.. Enumerable.Range(0, Clients).Select(static i => string.Create(CultureInfo.InvariantCulture, $"203.0.{i >> 8}.{i & 255}"))];
    private readonly SipKey _key = new(1, 2);
    private readonly GcraPlan _plan = GcraPlan.FromRate(1_000_000, 1_000_000, TimeProvider.System.TimestampFrequency);
    private readonly RateTable<GcraPlan, long, Gcra> _table = new(1_000_000);
    private PartitionedRateLimiter<string> _limiter = null!;
    private long _now;
    private long _tat;
    private int _at;

    [GlobalSetup]
    public void Fill()
    {
        _limiter = PartitionedRateLimiter.Create<string, string>(static client => RateLimitPartition.GetTokenBucketLimiter(client, static _ => new()
        {
            TokenLimit = 1_000_000,
            TokensPerPeriod = 1_000_000,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            AutoReplenishment = true,
            QueueLimit = 0,
        }));
        for (var i = 0; i < Clients; i++)
        {
            Partitioned();
            Keyed();
        }
    }

    [GlobalCleanup]
    public void Stop() => _limiter.Dispose();

    [Benchmark(Baseline = true, Description = ".NET partitioned token bucket")]
    public bool Partitioned()
    {
        using var lease = _limiter.AttemptAcquire(Next());
        return lease.IsAcquired;
    }

    [Benchmark(Description = "SandGlass: key, table, GCRA")]
    public bool Keyed()
    {
        // As the gateway does it: the client is a number by then, and the clock has been read once for the whole request.
        var hasher = new KeyHasher(_key);
        hasher.Add(0);
        hasher.Add((ulong)NextIndex());
        return _table.Take(_plan, hasher.Finish(), _now += 100).Admitted;
    }

    [Benchmark(Description = "GCRA alone")]
    public bool Decision() => Gcra.Decide(_plan, ref _tat, _now += 100, 1).Admitted;

    private string Next() => _clients[NextIndex()];

    private int NextIndex() => _at = _at + 1 == Clients ? 0 : _at + 1;
}
