namespace SandGlass.DemoShop;

/// <summary>The demo shop: four backends, two of them with a twin, in one process on loopback.</summary>
public sealed class Shop : IAsyncDisposable
{
    private readonly Dictionary<string, ShopBackend> backends;

    private Shop(Dictionary<string, ShopBackend> backends)
    {
        this.backends = backends;
        Addresses = backends.Values.ToDictionary(backend => backend.Name, backend => backend.Address);
    }

    /// <summary>By backend name, in the order in which the shop is shown.</summary>
    public IReadOnlyDictionary<string, Uri> Addresses { get; }

    public ShopBackend this[string backend] => backends[backend];

    /// <summary>Opens all backends. All listen when this ends, or none does.</summary>
    /// <exception cref="ShopPortTakenException">A port belongs to someone else.</exception>
    public static async Task<Shop> StartAsync(ShopOptions options, TimeProvider time, CancellationToken ct)
    {
        var backends = Build(options, time);
        try
        {
            foreach (var backend in backends.Values)
            {
                await backend.StartAsync(ct);
            }

            return new(backends);
        }
        catch
        {
            await CloseAsync(backends.Values);
            throw;
        }
    }

    public async ValueTask DisposeAsync() => await CloseAsync(backends.Values);

    private static Dictionary<string, ShopBackend> Build(ShopOptions options, TimeProvider time)
    {
        var backends = new Dictionary<string, ShopBackend>();
        foreach (var profile in options.Replicas.Count == 0 ? BackendProfile.All : [.. options.Replicas.Select(BackendProfile.Replica)])
        {
            var port = options.Ports.GetValueOrDefault(profile.Name, profile.Port);
            backends[profile.Name] = new(profile, port, unchecked(options.Seed * 31 + profile.SeedOffset), time);
        }

        var catalogue = Catalogue.Generate(options.Seed);
        var services = options.Replicas.Count == 0 ? ShopServices.For(catalogue, time) : ShopServices.Whole(options.Replicas, catalogue, time);
        foreach (var backend in backends.Values)
        {
            ControlRoutes.Map(backend, backends);
            EchoRoute.Map(backend.Routes, backend.Name);
            services[backend.Name](backend.Routes);
        }

        return backends;
    }

    private static async Task CloseAsync(IEnumerable<ShopBackend> backends) =>
        await Task.WhenAll(backends.Select(backend => backend.DisposeAsync().AsTask()));
}
