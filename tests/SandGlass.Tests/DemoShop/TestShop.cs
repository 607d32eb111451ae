using System.Net.Http.Json;
using System.Text.Json;
using SandGlass.DemoShop;
using Xunit;

namespace SandGlass.Tests.DemoShop;

/// <summary>A shop on free ports and the clients that visit it.</summary>
internal sealed class TestShop(Shop shop) : IAsyncDisposable
{
    private readonly Dictionary<string, HttpClient> clients = [];

    public Shop Shop => shop;

    public ShopBackend this[string backend] => shop[backend];

    public static async Task<TestShop> OpenAsync(TimeProvider? time = null, int seed = 11) =>
        new(await Shop.StartAsync(ShopOptions.AnyPort with { Seed = seed }, time ?? TimeProvider.System, Xunit.TestContext.Current.CancellationToken));

    public HttpClient To(string backend)
    {
        if (!clients.TryGetValue(backend, out var client))
        {
            clients[backend] = client = new HttpClient { BaseAddress = shop.Addresses[backend], Timeout = TimeSpan.FromSeconds(30) };
        }

        return client;
    }

    public async Task<JsonElement> GetAsync(string backend, string path) => await To(backend).GetFromJsonAsync<JsonElement>(path);

    public async Task<HttpResponseMessage> SendAsync(string backend, HttpMethod method, string path, object? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        return await To(backend).SendAsync(request);
    }

    /// <summary>Waits for what happens elsewhere, without sleeping.</summary>
    public static async Task Until(Func<bool> happened)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!happened())
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in clients.Values)
        {
            client.Dispose();
        }

        await shop.DisposeAsync();
    }
}
