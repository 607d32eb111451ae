using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using SandGlass.Hosting;
using SandGlass.Request;

namespace SandGlass.Testing;

/// <summary>
/// A real gateway on free ports with a policy that the test writes and a state folder of its own. Listens with HTTP/1.1 and with
/// HTTP/2 without TLS; its dice are seeded.
/// </summary>
public sealed class TestGateway : IAsyncDisposable
{
    /// <summary>All paths go to <c>@origin</c>; nothing is limited but by the defaults.</summary>
    public const string PassThrough = """
        {
          "backends": { "marketing": { "destinations": { "a": "@origin" }, "concurrency": { "initial": 500 } } },
          "routes": { "all": { "chain": "marketing", "match": { "path": "/{**rest}" }, "timeout": "10s" } }
        }
        """;

    private const int Seed = 20261111;

    private readonly List<IDisposable> _clients = [];
    private readonly (string Name, string Address)[] _addresses;
    private readonly bool _ownsFolder;

    private TestGateway(GatewayHost host, string folder, bool ownsFolder, (string Name, string Address)[] addresses)
    {
        Host = host;
        Folder = folder;
        _ownsFolder = ownsFolder;
        _addresses = addresses;
        Http = new(host.Addresses[0]);
        // HttpClient speaks HTTP/2 to an http address.
        H2c = new(string.Concat("http", host.Addresses[1].AsSpan("h2c".Length)));
        Client = MakeClient(Http, HttpVersion.Version11);
        Client2 = MakeClient(H2c, HttpVersion.Version20);
        Admin = MakeClient(new(host.AdminAddress), HttpVersion.Version11);
    }

    /// <summary>The gateway itself.</summary>
    public GatewayHost Host { get; }

    /// <summary>The folder of the policy, with the state in <c>state</c> below it.</summary>
    public string Folder { get; }

    /// <summary>The policy's file.</summary>
    public string PolicyFile => Host.Options.PolicyFile;

    /// <summary>The HTTP/1.1 listener.</summary>
    public Uri Http { get; }

    /// <summary>The HTTP/2 listener.</summary>
    public Uri H2c { get; }

    /// <summary>Speaks HTTP/1.1 to the gateway; follows nothing, keeps no cookies, inflates nothing.</summary>
    public HttpClient Client { get; }

    /// <summary>The same with HTTP/2, prior knowledge.</summary>
    public HttpClient Client2 { get; }

    /// <summary>Speaks to the admin listener.</summary>
    public HttpClient Admin { get; }

    /// <summary>Requests that have not ended.</summary>
    public long UnderWay => Host.State.Ledger.UnderWay;

    /// <summary>Starts a gateway with a policy in which <c>@name</c> stands for an address.</summary>
    public static Task<TestGateway> StartAsync(string policy, params (string Name, string Address)[] addresses) =>
        StartAsync(policy, static o => o, null, addresses);

    /// <summary>Starts a gateway.</summary>
    /// <param name="policy">JSON in which <c>@name</c> stands for an address; null leaves the file as it is.</param>
    /// <param name="with">Changes the options.</param>
    /// <param name="folder">A folder that another gateway used, or null for a new one.</param>
    /// <param name="addresses">The addresses.</param>
    public static async Task<TestGateway> StartAsync(
        string? policy, Func<GatewayOptions, GatewayOptions> with, string? folder, params (string Name, string Address)[] addresses)
    {
        ArgumentNullException.ThrowIfNull(with);
        var owns = folder is null;
        folder ??= TestFolder.New("e2e-");
        var file = Path.Combine(folder, "policy.json");
        if (policy is not null)
        {
            await File.WriteAllTextAsync(file, Fill(policy, addresses));
        }

        try
        {
            var host = await GatewayHost.StartAsync(with(new()
            {
                PolicyFile = file,
                Listen = ["http://127.0.0.1:0", "h2c://127.0.0.1:0"],
                Admin = "http://127.0.0.1:0",
                StateDirectory = Path.Combine(folder, "state"),
                Seed = Seed,
                Readings = new CalmReadings(),
                LogLevel = LogLevel.None,
            }));
            return new(host, folder, owns, addresses);
        }
        catch when (owns)
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    /// <summary>Puts the addresses into a policy.</summary>
    public static string Fill(string policy, params (string Name, string Address)[] addresses)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(addresses);
        return addresses.OrderByDescending(static a => a.Name.Length)
            .Aggregate(policy, static (text, a) => text.Replace("@" + a.Name, a.Address, StringComparison.Ordinal));
    }

    /// <summary>Another client, with connections of its own.</summary>
    public HttpClient MakeClient(Uri address, Version version)
    {
        var client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            Expect100ContinueTimeout = TimeSpan.FromSeconds(20),
        })
        {
            BaseAddress = address,
            DefaultRequestVersion = version,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Timeout = TimeSpan.FromSeconds(30),
        };
        lock (_clients)
        {
            _clients.Add(client);
        }

        return client;
    }

    /// <summary>Sends raw HTTP/1.1 on a connection of its own; null: the gateway closed without an answer.</summary>
    public Task<RawAnswer?> AskRawAsync(string request) => RawClient.AskAsync(Http, request);

    /// <summary>All that was counted, read from the ledger.</summary>
    public IReadOnlyList<Counted> Outcomes() =>
    [
        .. from tally in Host.State.Ledger.Tallies
           from outcome in RequestOutcomes.All
           from place in Places.All
           let total = tally.Total(outcome, place)
           where total > 0
           select new Counted(tally.Chain, tally.Route, outcome.Word(), place.Word(), total),
    ];

    /// <summary>How many requests ended so.</summary>
    public long Count(string outcome, string? layer = null, string? route = null) => Outcomes()
        .Where(o => o.Outcome == outcome && (layer is null || o.Layer == layer) && (route is null || o.Route == route)).Sum(static o => o.Total);

    /// <summary>How many requests ended.</summary>
    public long CountAll() => Outcomes().Sum(static o => o.Total);

    /// <summary>Waits until no request is under way.</summary>
    public Task SettleAsync() => Eventually.TrueAsync(() => UnderWay == 0, "no request is under way");

    /// <summary>Waits until this many requests have ended and none is under way. A client has its answer before the gateway has counted it.</summary>
    public Task SettleAsync(long total) => Eventually.TrueAsync(
        () => Task.FromResult(UnderWay == 0 && CountAll() == total),
        () => $"{total} requests ended; {CountAll()} did, {UnderWay} are under way: {string.Join("; ", Outcomes())}");

    /// <summary>Reads /metrics, strictly.</summary>
    public async Task<PrometheusPage> MetricsAsync() => PrometheusPage.Parse(await Admin.GetStringAsync("metrics"));

    /// <summary>Reads /api/status.</summary>
    public async Task<JsonElement> StatusAsync() => await Admin.GetFromJsonAsync<JsonElement>("api/status");

    /// <summary>Throws a switch through the admin API.</summary>
    public Task<HttpResponseMessage> SwitchAsync(string id, object body) => Admin.PutAsJsonAsync($"api/switches/{id}", body);

    /// <summary>Throws a switch and demands that it went well.</summary>
    public async Task SwitchAsync(string id, bool on)
    {
        using var answer = await SwitchAsync(id, new { on, reason = "a test" });
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Writes another policy in place and waits until it is in force.</summary>
    public async Task ReloadAsync(string policy)
    {
        var before = Host.Store.Reloads.Applied;
        await File.WriteAllTextAsync(PolicyFile, Fill(policy, _addresses));
        Host.Reload();
        // It is told right before it is in force.
        await Eventually.TrueAsync(() => Host.Store.Reloads.Applied > before && Host.Store.Current.Revision == Host.Store.Last.Revision, "the new policy is in force");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            client.Dispose();
        }

        await Host.DisposeAsync();
        if (_ownsFolder)
        {
            Directory.Delete(Folder, recursive: true);
        }
    }
}

/// <summary>A cell of the ledger.</summary>
/// <param name="Chain">Chain.</param>
/// <param name="Route">Route.</param>
/// <param name="Outcome">The word of the outcome.</param>
/// <param name="Layer">The word of the layer.</param>
/// <param name="Total">How many.</param>
public sealed record Counted(string Chain, string Route, string Outcome, string Layer, long Total)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Route} {Outcome}/{Layer} {Total}";
}
