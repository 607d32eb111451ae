using BenchmarkDotNet.Attributes;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using SandGlass.Algorithms.Balancing;
using SandGlass.Algorithms.Breaking;
using SandGlass.Algorithms.Rates;

namespace SandGlass.Micro;

/// <summary>
/// What a call that goes well pays for being watched, beside Polly's strategies around a callback that returns a finished task: what
/// `docs/why.md` quotes. The same ratio, window and least number of calls.
/// </summary>
public class BreakerBenchmarks
{
    private static readonly long Second = TimeProvider.System.TimestampFrequency;

    private readonly CircuitBreaker _breaker = new();
    private readonly BreakerPlan _plan = new(0.5, 0, long.MaxValue, Second * 10, 20, Second * 5);
    private readonly Ejector _ejector = new();
    private readonly OutlierDetector[] _detectors = [new(), new()];
    private readonly EjectionPlan _ejection = new(0.5, 20, Second * 10, Second * 10, 0.5);
    private readonly RetryBudget _budget = new();
    private readonly ResiliencePipeline<int> _pollyBreaker = new ResiliencePipelineBuilder<int>()
        .AddCircuitBreaker(new CircuitBreakerStrategyOptions<int>
        {
            FailureRatio = 0.5,
            MinimumThroughput = 20,
            SamplingDuration = TimeSpan.FromSeconds(10),
            BreakDuration = TimeSpan.FromSeconds(5),
            ShouldHandle = static outcome => new(outcome.Outcome.Result >= 500),
        }).Build();

    private readonly ResiliencePipeline<int> _pollyRetry = new ResiliencePipelineBuilder<int>()
        .AddRetry(new RetryStrategyOptions<int>
        {
            MaxRetryAttempts = 1,
            Delay = TimeSpan.Zero,
            ShouldHandle = static outcome => new(outcome.Outcome.Result is 502 or 504),
        }).Build();

    [Benchmark(Baseline = true, Description = "ours: breaker, ask and report, with the clock read twice")]
    public bool Breaker()
    {
        var verdict = _breaker.Ask(_plan, TimeProvider.System.GetTimestamp(), 0.5, out var permit);
        var now = TimeProvider.System.GetTimestamp();
        _breaker.Report(_plan, permit, Algorithms.Outcome.Success, 1, now, 0.5);
        return verdict.Admitted;
    }

    [Benchmark(Description = "Polly.Core: circuit breaker around a finished task")]
    public ValueTask<int> PollyBreaker() => _pollyBreaker.ExecuteAsync(static (_, _) => new ValueTask<int>(200), this);

    [Benchmark(Description = "ours: ejection, a success counted")]
    public bool Ejection() => _ejector.Report(_ejection, _detectors, 1, failed: false, TimeProvider.System.GetTimestamp());

    [Benchmark(Description = "ours: retry budget, what a request pays that needs none")]
    public void Budget() => _budget.Deposit(0.1);

    [Benchmark(Description = "Polly.Core: retry around a finished task")]
    public ValueTask<int> PollyRetry() => _pollyRetry.ExecuteAsync(static (_, _) => new ValueTask<int>(200), this);
}
