using System.Net;

namespace SandGlass.DemoShop;

/// <summary>One running backend: where it is, what it has seen, and how it is made to misbehave.</summary>
public sealed class ShopBackend : IAsyncDisposable
{
    private readonly SemaphoreSlim changing = new(1);       // one change of faults at a time
    private readonly TimeProvider time;
    private readonly Door door;
    private readonly WebApplication app;
    private FaultState state;

    internal ShopBackend(BackendProfile profile, int port, int seed, TimeProvider time)
    {
        Name = profile.Name;
        Defaults = profile.Healthy;
        this.time = time;
        Pool = new(profile.Workers, profile.Queue);
        state = new(Defaults, time);
        door = new(profile.Name);
        app = BackendHost.Build(door, port);
        var dice = new Dice(seed);
        app.Use(next => new WorkLayer(this, dice, time, next).InvokeAsync);
    }

    public string Name { get; }

    /// <summary>Valid once the shop is open.</summary>
    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)door.EndPoint).Port}");

    /// <summary>The backend in health.</summary>
    public Faults Defaults { get; }

    public Faults Faults => State.Faults;

    internal WebApplication Routes => app;

    internal WorkerPool Pool { get; }

    internal Counters Counters { get; } = new();

    internal FaultState State => Volatile.Read(ref state);

    /// <summary>Changes some faults: <c>SetFaultsAsync(now => now with { ErrorRatio = 0.5 })</c>. Leaks and pauses begin anew.</summary>
    public Task SetFaultsAsync(Func<Faults, Faults> change, CancellationToken ct = default) => SetFaultsAsync(change, null, ct);

    public Task ResetFaultsAsync(CancellationToken ct = default) => SetFaultsAsync(_ => Defaults, ct);

    public ShopStats Stats() => Counters.Read(Name, Pool);

    public void ResetStats() => Counters.Clear();

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }

    internal Task StartAsync(CancellationToken ct) => app.StartAsync(ct);

    /// <param name="by">The connection the order came by, which a closing door spares so that it can be answered.</param>
    internal async Task SetFaultsAsync(Func<Faults, Faults> change, string? by, CancellationToken ct)
    {
        await changing.WaitAsync(ct);
        try
        {
            var next = change(Faults);
            if (!next.Down)
            {
                await door.OpenAsync(ct);
            }

            Volatile.Write(ref state, new(next, time));
            Pool.Resize(next.Workers, next.Queue);
            if (next.Down)
            {
                await door.CloseAsync(by);
            }
        }
        finally
        {
            changing.Release();
        }
    }
}
