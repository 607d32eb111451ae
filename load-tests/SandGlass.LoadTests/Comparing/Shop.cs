using System.Globalization;
using System.Net.Http.Json;
using SandGlass.LoadTests.Processes;

namespace SandGlass.LoadTests.Comparing;

/// <summary>What the shop has done since its start.</summary>
/// <param name="Done">Requests worked on to their end.</param>
/// <param name="Wasted">Of them, those whose client had left.</param>
internal sealed record ShopWork(long Done, long Wasted);

/// <summary>The capacity-limited shop behind all peers: a process of its own, new for each cell, so that no queue of the last one is left.</summary>
internal sealed class Shop : IAsyncDisposable
{
    private readonly Child _child;
    private readonly HttpClient _control;

    private Shop(Child child, string address, Uri control) => (_child, Address, _control) = (child, address, new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = control });

    /// <summary>Where it serves, as host:port.</summary>
    public string Address { get; }

    public static async Task<Shop> OpenAsync(int workers, int serviceMs, int seed, string folder, TimeProvider time, CancellationToken cancel)
    {
        var ports = FreePort.Take(2);
        var (address, control) = ($"127.0.0.1:{ports[0]}", new Uri($"http://127.0.0.1:{ports[1]}/"));
        string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
        var command = Child.Ours(
            "limited-shop", "--listen", $"http://{address}", "--control", control.ToString(), "--workers", Number(workers), "--service-ms", Number(serviceMs), "--seed", Number(seed));
        var shop = new Shop(Child.Start("the shop", command, folder, time), address, control);
        try
        {
            await shop._child.AnswersAsync($"http://{address}/healthz", TimeSpan.FromSeconds(20), cancel);
            await shop._child.AnswersAsync(control.ToString(), TimeSpan.FromSeconds(20), cancel);
            return shop;
        }
        catch
        {
            await shop.DisposeAsync();
            throw;
        }
    }

    public async Task<ShopWork> WorkAsync(CancellationToken cancel) => (await _control.GetFromJsonAsync<ShopWork>(string.Empty, cancel))!;

    public ValueTask DisposeAsync()
    {
        _control.Dispose();
        return _child.DisposeAsync();
    }
}
