using BenchmarkDotNet.Attributes;
using SandGlass.Algorithms.HotKeys;

namespace SandGlass.Micro;

/// <summary>What it costs to count one request's key among the ten million of a Zipf stream: aim under 60 ns and 0 bytes.</summary>
public class HotKeyBenchmarks
{
    private readonly HotKeySketch _sketch = new();
    private readonly HotKeyPlan _plan = new(50, 0.001, 1_000_000_000);
    private readonly (ulong Key, double Roll)[] _stream = new (ulong, double)[1 << 20];
    private int _at;
    private long _now;

    /// <summary>Drawn beforehand: the logarithm of the rank is even.</summary>
    [GlobalSetup]
    public void Draw()
    {
        var random = new Random(1);
        for (var i = 0; i < _stream.Length; i++)
        {
            _stream[i] = ((ulong)Math.Exp(random.NextDouble() * Math.Log(10_000_000)) * 0x9E3779B97F4A7C15, random.NextDouble());
        }
    }

    [Benchmark(Baseline = true, Description = "the stream alone")]
    public ulong Stream() => _stream[_at = (_at + 1) & (_stream.Length - 1)].Key;

    // 50,000 a second, so that the halving each second is part of it.
    [Benchmark(Description = "count a key")]
    public bool Count()
    {
        var (key, roll) = _stream[_at = (_at + 1) & (_stream.Length - 1)];
        return _sketch.Add(_plan, key, _now += 20_000, roll).IsHot;
    }
}
