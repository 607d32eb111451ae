using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using SandGlass.Algorithms.Keys;
using SandGlass.Layers.Switch;
using SandGlass.Policy;
using SandGlass.Request;
using SandGlass.Telemetry;

namespace SandGlass.Testing;

/// <summary>The whole gateway but for its sockets: real compiler, layers and ledger, a clock moved by hand, a backend that does as told.</summary>
public sealed class Glass : IDisposable
{
    private readonly Gateway _gateway;

    /// <summary>A gateway with this policy in force.</summary>
    public Glass(string policy, string? folder = null, int seed = 11, LogLevel logs = LogLevel.Information, ulong node = 0)
    {
        Clock = new();
        Log = new(logs);
        State = new(Clock, new Defects(Log), node);
        Pipeline = new(new SipKey(1, 2), Clock);
        Forwarder = new(Clock);
        Store = new(new(Pipeline, State), State, Path.Combine(folder ?? Path.GetTempPath(), "policy.json"), Log);
        Apply(policy);
        _gateway = new(Store, Forwarder, State.Ledger, Clock, seed, Log);
    }

    /// <summary>The clock.</summary>
    public TestClock Clock { get; }

    /// <summary>What was logged.</summary>
    public ListLog Log { get; }

    /// <summary>What has happened.</summary>
    public GatewayState State { get; }

    /// <summary>The layers.</summary>
    public Pipeline Pipeline { get; }

    /// <summary>The backend.</summary>
    public FakeForwarder Forwarder { get; }

    /// <summary>The policy.</summary>
    public PolicyStore Store { get; }

    /// <summary>The first route of the policy.</summary>
    public RoutePlan Route => Store.Current.Routes[0];

    /// <summary>Puts a policy in force; it must be valid.</summary>
    public void Apply(string policy)
    {
        var report = Store.Apply(Encoding.UTF8.GetBytes(policy));
        if (!report.Accepted)
        {
            throw new InvalidOperationException(string.Join('\n', report.Problems));
        }
    }

    /// <summary>Takes a request through; completes when it has ended.</summary>
    public Task SendAsync(TestContext request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _gateway.InvokeAsync(request.Http);
    }

    /// <summary>The same for a plain GET.</summary>
    public async Task<TestContext> GetAsync(string target = "/r/1", string from = "198.51.100.7", params (string Name, string Value)[] headers)
    {
        var request = new TestContext(target, "GET", from, headers);
        await SendAsync(request);
        return request;
    }

    /// <summary>A passage that Trust has let in and that stands on its route, before the route's first rule.</summary>
    public Passage Enter(TestContext request, ulong seed = 17)
    {
        ArgumentNullException.ThrowIfNull(request);
        var passage = new Passage(seed);
        var now = Clock.GetTimestamp();
        passage.Begin(request.Http, Store.Current, now);
        var trust = Store.Current.Trust;
        var verdict = trust.Layer.Decide(passage, trust, now);
        if (!verdict.Admitted)
        {
            throw new InvalidOperationException($"Trust says {verdict.Reason}");
        }

        passage.Take(Store.Current.Table.Find(request.Http.Request.Method, "shop.example", passage.Path, ref passage.Values)
            ?? Store.Current.NoRoute);
        return passage;
    }

    /// <summary>The rule of a layer on the first route.</summary>
    public T Rule<T>(int which = 0)
        where T : Rule => Route.Rules.OfType<T>().ElementAt(which);

    /// <summary>Throws a switch without a board.</summary>
    public void Throw(string id, bool on = true) =>
        State.Switch(id).Now = new SwitchState.Position(on, Clock.GetUtcNow(), null, "test", "test");

    /// <summary>How many requests ended so, over all routes and layers.</summary>
    public long Total(RequestOutcome outcome, Place? layer = null) =>
        State.Ledger.Tallies.Sum(t => Places.All.Where(p => layer is null || p == layer).Sum(p => t.Total(outcome, p)));

    /// <summary>How many requests ended at all.</summary>
    public long Total() => RequestOutcomes.All.Sum(o => Total(o));

    /// <summary>What a rule in shadow would have done.</summary>
    public long Shadowed(Place layer) => State.Shadows.Where(s => s.Layer == layer.Word()).Sum(static s => s.Total);

    /// <summary>
    /// Lets time pass in small steps until a task is done: continuations run on the thread pool, so they get a moment of real time between
    /// two steps of the clock. Fails after a generous real deadline.
    /// </summary>
    public async Task RunUntilAsync(Task done, TimeSpan? step = null)
    {
        ArgumentNullException.ThrowIfNull(done);
        var began = TimeProvider.System.GetTimestamp();
        for (var steps = 1; !done.IsCompleted; steps++)
        {
            Clock.Advance(step ?? TimeSpan.FromMilliseconds(5));
            await Task.WhenAny(done, Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System));
            if (steps > 2000 && TimeProvider.System.GetElapsedTime(began) > TimeSpan.FromSeconds(60))
            {
                throw new TimeoutException("it does not end");
            }
        }

        await done;
    }

    /// <inheritdoc/>
    public void Dispose() => State.Dispose();
}

/// <summary>A logger that keeps its lines.</summary>
public sealed class ListLog(LogLevel least = LogLevel.Information) : ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, string Text)> _lines = new();

    /// <summary>The lines.</summary>
    public IReadOnlyCollection<(LogLevel Level, string Text)> Lines => _lines;

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logLevel >= least;

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        ArgumentNullException.ThrowIfNull(formatter);
        if (!IsEnabled(logLevel))
        {
            return;
        }

        _lines.Enqueue((logLevel, formatter(state, exception)));
    }
}
