using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using SandGlass.LoadTests.Commands;
using SandGlass.LoadTests.Processes;

namespace SandGlass.LoadTests.Drills;

/// <summary>
/// What a drill is run against: the gateway, a shop of three replicas and, where it is asked for, a Redis; each a process of its own on free ports of loopback, in a folder that is gone afterwards.
/// </summary>
internal sealed partial class DrillSite : IAsyncDisposable
{
    /// <summary>Two that serve, and a second site.</summary>
    public static readonly string[] Replicas = ["a", "b", "dr"];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly WorkFolder _folder = new();
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(10) };
    private readonly TimeProvider _time;
    private Child? _shop, _redis, _gateway;
    private int _redisPort;

    private DrillSite(TimeProvider time) => _time = time;

    /// <summary>Where shoppers go.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1");

    public Uri Admin { get; private set; } = new("http://127.0.0.1");

    /// <summary>By name.</summary>
    public IReadOnlyDictionary<string, Uri> Shop { get; private set; } = new Dictionary<string, Uri>();

    public string PolicyFile => Path.Combine(_folder.Path, "policy.json");

    /// <summary>From the gateway's start until it was ready.</summary>
    public TimeSpan Ready { get; private set; }

    public int GatewayId => _gateway!.Id;

    /// <summary>All of it, up and ready.</summary>
    /// <param name="policy">The policy of all drills.</param>
    /// <param name="protect">Whether protection is on.</param>
    /// <param name="redis">The program, or null where none is needed.</param>
    /// <param name="time">A clock.</param>
    /// <param name="cancel">Ends the wait.</param>
    public static async Task<DrillSite> StartAsync(string policy, bool protect, string? redis, TimeProvider time, CancellationToken cancel)
    {
        var site = new DrillSite(time);
        try
        {
            if (redis is not null)
            {
                site._redisPort = FreePort.Take(1)[0];
                site._redis = site.Start("redis", [redis, "--port", $"{site._redisPort}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
            }

            site._shop = site.Start("shop", Child.Ours("sandglass-shop", "--replicas", string.Join(',', Replicas)));
            site.Shop = (await site.HearAsync(site._shop, ReplicaLine(), Replicas.Length, cancel)).ToDictionary(static m => m.Groups[1].Value, static m => new Uri(m.Groups[2].Value));
            await File.WriteAllTextAsync(site.PolicyFile, DrillPolicy.Of(policy, site.Shop, protect), cancel);
            await site.StartGatewayAsync(cancel);
            return site;
        }
        catch
        {
            await site.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes a replica behave: all that is not said is as the program has it in health.</summary>
    /// <param name="replica">a, b, dr or all.</param>
    /// <param name="health">What this drill's shop is in health, as JSON.</param>
    /// <param name="faults">What is different, as JSON.</param>
    /// <param name="sessions">Those that ask Redis.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task DialAsync(string replica, string health, string faults, IReadOnlyList<string> sessions, CancellationToken cancel)
    {
        foreach (var name in replica == "all" ? Replicas : [replica])
        {
            var dialled = JsonNode.Parse(health)!.AsObject();
            if (sessions.Contains(name))
            {
                dialled["redisPort"] = _redisPort;
            }

            foreach (var (key, value) in JsonNode.Parse(faults)!.AsObject())
            {
                dialled[key] = value?.DeepClone();
            }

            // By the second site, since who is down cannot be asked; that one by the first.
            var other = Shop[name == "dr" ? "a" : "dr"];
            using var body = new StringContent(dialled.ToJsonString(), Encoding.UTF8, "application/json");
            using var answer = await _http.PutAsync(new Uri(other, $"/_shop/{name}/faults"), body, cancel);
            if (!answer.IsSuccessStatusCode)
            {
                throw new UsageException($"the shop did not take {dialled.ToJsonString()}: {(await answer.Content.ReadAsStringAsync(cancel)).Trim()}", 3);
            }
        }
    }

    /// <summary>Redis takes connections and answers nothing.</summary>
    public void HaltRedis() => Signal.Halt(_redis!.Id);

    public void ResumeRedis() => Signal.Resume(_redis!.Id);

    /// <summary>Requests that the gateway has counted, over all outcomes.</summary>
    public async Task<long> CountedAsync(CancellationToken cancel)
    {
        var page = await _http.GetStringAsync(new Uri(Admin, "/metrics"), cancel);
        return page.Split('\n').Where(static l => l.StartsWith("sandglass_requests_total{", StringComparison.Ordinal)).Sum(static l => (long)double.Parse(l[(l.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }

    /// <summary>Requests that the replicas got.</summary>
    public async Task<long> ShopCallsAsync(CancellationToken cancel)
    {
        long sum = 0;
        foreach (var name in Replicas)
        {
            // All are one process, and the second site is never taken down.
            sum += JsonNode.Parse(await _http.GetStringAsync(new Uri(Shop["dr"], $"/_shop/{name}/stats"), cancel))!["requests"]!.GetValue<long>();
        }

        return sum;
    }

    /// <summary>A call to the gateway's API.</summary>
    public async Task<JsonNode> AskAsync(HttpMethod method, string path, string? json, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(method, new Uri(Admin, path)) { Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json") };
        using var answer = await _http.SendAsync(request, cancel);
        var text = await answer.Content.ReadAsStringAsync(cancel);
        return answer.IsSuccessStatusCode ? JsonNode.Parse(text)! : throw new UsageException($"{method} {path} on the gateway answered {(int)answer.StatusCode}: {text}", 3);
    }

    /// <summary>The status of one request through the gateway.</summary>
    public async Task<int> GetAsync(string path, CancellationToken cancel)
    {
        using var answer = await _http.GetAsync(new Uri(Address, path), cancel);
        return (int)answer.StatusCode;
    }

    /// <summary>The most memory that the gateway ever had, in bytes; null where the machine does not tell.</summary>
    public long? PeakBytes()
    {
        try
        {
            var line = File.ReadLines($"/proc/{GatewayId}/status").FirstOrDefault(static l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? null : long.Parse(line["VmHWM:".Length..].Replace("kB", string.Empty, StringComparison.Ordinal), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) * 1024;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>From SIGTERM until the gateway has ended; it is gone then.</summary>
    public async Task<TimeSpan> StopGatewayAsync()
    {
        var began = _time.GetTimestamp();
        await _gateway!.DisposeAsync();
        _gateway = null;
        return _time.GetElapsedTime(began);
    }

    public async ValueTask DisposeAsync()
    {
        if (_redis is not null)
        {
            // A halted process hears no SIGTERM.
            ResumeRedis();
        }

        await Task.WhenAll(new[] { _gateway, _shop, _redis }.OfType<Child>().Select(static c => c.DisposeAsync().AsTask()));
        _http.Dispose();
        _folder.Dispose();
    }

    private async Task StartGatewayAsync(CancellationToken cancel)
    {
        var began = _time.GetTimestamp();
        string[] redis = _redis is null ? [] : ["--redis", $"127.0.0.1:{_redisPort}"];
        _gateway = Start("gateway", Child.Ours(
            "sandglass", ["run", "--policy", PolicyFile, "--listen", "http://127.0.0.1:0", "--admin", "http://127.0.0.1:0", "--state", Path.Combine(_folder.Path, "state"), "--drain", "0s", .. redis]));
        var said = (await HearAsync(_gateway, ServesLine(), 1, cancel))[0];
        (Address, Admin) = (new(said.Groups[1].Value), new(said.Groups[2].Value));
        await _gateway.AnswersAsync(new Uri(Admin, "/readyz").AbsoluteUri, Patience, cancel);
        Ready = _time.GetElapsedTime(began);
    }

    private Child Start(string name, IReadOnlyList<string> command)
    {
        // Each in a folder of its own: some watch the one that they start in.
        var folder = Directory.CreateDirectory(Path.Combine(_folder.Path, name)).FullName;
        return Child.Start(name, command, folder, _time);
    }

    private async Task<Match[]> HearAsync(Child child, Regex line, int times, CancellationToken cancel)
    {
        for (var began = _time.GetTimestamp(); _time.GetElapsedTime(began) < Patience && !child.Ended;)
        {
            if (line.Matches(child.Said) is { } found && found.Count >= times)
            {
                return [.. found.Cast<Match>()];
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), _time, cancel);
        }

        if (child.Ended)
        {
            await child.LastWordsAsync();
        }

        throw new UsageException($"the {child.Name} did not start: {(child.Said is { Length: > 0 } said ? said.ReplaceLineEndings(" ") : "it said nothing")}", 3);
    }

    [GeneratedRegex(@"^(\S+) +(http://127\.0\.0\.1:\d+)$", RegexOptions.Multiline)]
    private static partial Regex ReplicaLine();

    [GeneratedRegex(@" on (http://127\.0\.0\.1:\d+); console and API on (http://127\.0\.0\.1:\d+)")]
    private static partial Regex ServesLine();
}
