using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SandGlass.EndToEnd.Tests;

/// <summary>Three processes of the real program and a real Redis, each of which can be killed and stopped.</summary>
internal sealed class ThreeGateways : IAsyncDisposable
{
    private const int Count = 3;

    private readonly string _folder = TestFolder.New("three-");
    private readonly string[] _policies = new string[Count];

    public RedisServer Redis { get; private set; } = null!;

    public ChildGateway[] Gateways { get; } = new ChildGateway[Count];

    /// <summary>Starts them with one policy, in which <c>@redis</c> stands for Redis, and waits until they know each other.</summary>
    public static async Task<ThreeGateways> StartAsync(string policy)
    {
        Assert.SkipWhen(RedisServer.Missing is not null, RedisServer.Missing ?? string.Empty);
        var three = new ThreeGateways();
        try
        {
            three.Redis = await RedisServer.StartAsync();
            for (var i = 0; i < Count; i++)
            {
                Directory.CreateDirectory(Path.Combine(three._folder, $"{i}"));
                three._policies[i] = Path.Combine(three._folder, $"{i}", "policy.json");
                await File.WriteAllTextAsync(three._policies[i], policy.Replace("@redis", three.Redis.Address, StringComparison.Ordinal));
            }

            await Task.WhenAll(Enumerable.Range(0, Count).Select(three.RestartAsync));
            await three.TogetherAsync();
            return three;
        }
        catch
        {
            await three.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a gateway, again or for the first time, with what is on its disk.</summary>
    public async Task RestartAsync(int i)
    {
        Gateways[i]?.Dispose();
        Gateways[i] = await ChildGateway.StartAsync(_policies[i], State(i));
    }

    public Task WritePolicyAsync(int i, string policy) => File.WriteAllTextAsync(_policies[i], policy.Replace("@redis", Redis.Address, StringComparison.Ordinal));

    /// <summary>
    /// Does to what a gateway that is down has kept of its switches what a wall clock does that was set meanwhile: all its moments are as much longer ago.
    /// </summary>
    public async Task SetClockAsync(int i, TimeSpan by)
    {
        var file = Path.Combine(State(i), "switches.json");
        var switches = JsonNode.Parse(await File.ReadAllTextAsync(file))!.AsObject();
        foreach (var (_, position) in switches)
        {
            foreach (var moment in (string[])["since", "until"])
            {
                position![moment] = position[moment]?.GetValue<DateTimeOffset>() - by;
            }
        }

        await File.WriteAllTextAsync(file, switches.ToJsonString());
    }

    /// <summary>Waits until each knows of three.</summary>
    public Task TogetherAsync() => Eventually.TrueAsync(
        async () =>
        {
            foreach (var gateway in Gateways)
            {
                var page = PrometheusPage.Parse(await gateway.Admin.GetStringAsync("metrics"));
                if (page.Sum("sandglass_fleet_members") != Count || page.Sum("sandglass_fleet_up") != 1)
                {
                    return false;
                }
            }

            return true;
        },
        "all three know each other");

    /// <summary>Throws a switch on one of them.</summary>
    public async Task<HttpStatusCode> ThrowAsync(int i, string id, bool on, string reason, string? lasts = null, string? seen = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"api/switches/{id}") { Content = JsonContent.Create(new { on, reason, @for = lasts }) };
        if (seen is not null)
        {
            request.Headers.IfMatch.Add(new EntityTagHeaderValue($"\"{seen}\""));
        }

        using var answer = await Gateways[i].Admin.SendAsync(request);
        return answer.StatusCode;
    }

    /// <summary>What names a switch as it stands on a gateway, for <c>If-Match</c>.</summary>
    public async Task<string> TagAsync(int i, string id) => (await SwitchAsync(i, id)).GetProperty("etag").GetString()!;

    public async Task<JsonElement> SwitchAsync(int i, string id) => await Gateways[i].Admin.GetFromJsonAsync<JsonElement>($"api/switches/{id}");

    public async Task<JsonElement> PlanAsync(int i, string id) => await Gateways[i].Admin.GetFromJsonAsync<JsonElement>($"api/plans/{id}");

    /// <summary>Waits until a switch stands so on all of them, for this reason, and each says that it does on all three.</summary>
    public Task HoldsAsync(string id, bool on, string reason) => Eventually.TrueAsync(
        async () =>
        {
            for (var i = 0; i < Count; i++)
            {
                var one = await SwitchAsync(i, id);
                if (one.GetProperty("on").GetBoolean() != on || one.GetProperty("reason").GetString() != reason
                    || one.GetProperty("fleet") is not { ValueKind: JsonValueKind.Object } fleet || fleet.GetProperty("inForce").GetInt32() != Count)
                {
                    return false;
                }
            }

            return true;
        },
        () => $"{id} is {(on ? "on" : "off")} on all ({reason}): {string.Join("; ", Enumerable.Range(0, Count).Select(i => SwitchAsync(i, id).Result.GetRawText()))}");

    public IReadOnlyList<JsonElement> Audit(int i) =>
        [.. File.ReadAllLines(Path.Combine(State(i), "audit.jsonl")).Select(static line => JsonDocument.Parse(line).RootElement.Clone())];

    public async ValueTask DisposeAsync()
    {
        foreach (var gateway in Gateways)
        {
            gateway?.Dispose();
        }

        await (Redis?.DisposeAsync() ?? default);
        Directory.Delete(_folder, recursive: true);
    }

    private string State(int i) => Path.Combine(_folder, $"{i}", "state");
}
