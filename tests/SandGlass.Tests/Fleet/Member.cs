using SandGlass.Algorithms;
using SandGlass.Algorithms.Concurrency;
using SandGlass.Algorithms.Rates;
using SandGlass.Fleet;
using SandGlass.Testing;

namespace SandGlass.Tests.Fleet;

/// <summary>A gateway of a fleet without its listeners: one limit, and the loop that talks to a real Redis.</summary>
internal sealed class Member : IAsyncDisposable
{
    /// <summary>Of the limit before its one backend.</summary>
    public static readonly ConcurrencyPlan Bounds = new(20, 2, 4096);

    private static readonly TimeProvider Time = TimeProvider.System;

    private readonly FleetLoop _loop;
    private FleetPlan _plan;
    private int _admitted;

    public Member(string redis, double rate, int burst, bool isFew = true, int seed = 1)
    {
        Limit = new(isFew, 100_000);
        Rate = new("l", Limit, GcraPlan.FromRate(rate, burst, Time.TimestampFrequency), Time.TimestampFrequency);
        Gate = new("backend", Backend, Bounds, [("all", 0)]);
        _plan = new(new("test", RedisAddress.TryParse(redis, out _)), [Rate], [Gate], []);
        _loop = new(State, () => _plan, Time, seed, Log);
    }

    public ListLog Log { get; } = new();

    public FleetState State { get; } = new();

    public FleetLimit Limit { get; }

    public FleetLimitPlan Rate { get; }

    public AdaptiveLimit Backend { get; } = new(Time.TimestampFrequency);

    public FleetGate Gate { get; }

    public int Admitted => Volatile.Read(ref _admitted);

    /// <summary>The longest that a decision took.</summary>
    public TimeSpan Slowest { get; private set; }

    public bool Ask(ulong key = 7)
    {
        var began = Time.GetTimestamp();
        var admitted = Limit.Take(Rate.For(State.Members), key, 1, began, 1).Admitted;
        var took = Time.GetElapsedTime(began);
        Slowest = took > Slowest ? took : Slowest;
        _admitted += admitted ? 1 : 0;
        return admitted;
    }

    /// <summary>Its backend is asked for more than the limit, and does not queue.</summary>
    public void Fill()
    {
        var now = Time.GetTimestamp();
        for (var i = 0; i < 200; i++)
        {
            now += Time.TimestampFrequency / 400;
            Backend.Sample(Bounds, now, Time.TimestampFrequency / 1000, inFlight: 4096, Outcome.Success);
        }
    }

    public void PointTo(string redis) => _plan = _plan with { Settings = new("test", RedisAddress.TryParse(redis, out _)) };

    public ValueTask DisposeAsync() => _loop.DisposeAsync();

    /// <summary>Each asks ten times as often as it may, for so long; returns what all were given. On a thread of its own: the pool may be busy.</summary>
    public static Task<int> OverloadAsync(TimeSpan span, params Member[] members) => Task.Factory.StartNew(
        () =>
        {
            var before = members.Sum(static m => m.Admitted);
            using var never = new ManualResetEventSlim();
            var began = Time.GetTimestamp();
            for (double asked = 0; Time.GetElapsedTime(began) < span; never.Wait(2))
            {
                for (var due = Time.GetElapsedTime(began).TotalSeconds * 4000; asked < due; asked++)
                {
                    foreach (var member in members)
                    {
                        member.Ask();
                    }
                }
            }

            return members.Sum(static m => m.Admitted) - before;
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);
}
