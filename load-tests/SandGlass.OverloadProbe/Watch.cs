using System.Text.Json;

namespace SandGlass.OverloadProbe;

/// <summary>One backend of one gateway, by /api/status.</summary>
internal sealed record GateReading(double At, int Gateway, string Backend, int Limit, int InFlight, int Queued);

/// <summary>Looks at machine and gateways twice a second while the load runs, and once when all is over.</summary>
internal sealed class Watch(Plan plan, TimeProvider time, long began) : IDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(500);

    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(2) };

    /// <summary>The machine, in order of time.</summary>
    public List<MachineReading> Machines { get; } = [];

    /// <summary>The gates, in order of time.</summary>
    public List<GateReading> Gates { get; } = [];

    /// <summary>When the breaker of the ill shop's route was first seen to be other than closed.</summary>
    public double? BreakerOpen { get; private set; }

    /// <summary>Looks until the load is over.</summary>
    public async Task RunAsync()
    {
        for (var at = 0.0; at < plan.Seconds; at += Beat.TotalSeconds)
        {
            var wait = TimeSpan.FromSeconds(at) - time.GetElapsedTime(began);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, time);
            }

            Machines.Add(Machine.Read(time.GetElapsedTime(began).TotalSeconds, plan.Processes));
            await LookAsync();
        }
    }

    /// <summary>Permits and places in queues that are held although nobody is under way; null where no gateway was asked.</summary>
    public async Task<int?> LeftOverAsync()
    {
        if (plan.Admins.Length == 0)
        {
            return null;
        }

        // A moment, so that what clients left is noticed.
        await Task.Delay(TimeSpan.FromSeconds(2), time);
        var before = Gates.Count;
        await LookAsync();
        return Gates.Skip(before).Sum(static g => g.InFlight + g.Queued);
    }

    public void Dispose() => _client.Dispose();

    private async Task LookAsync()
    {
        for (var gateway = 0; gateway < plan.Admins.Length; gateway++)
        {
            try
            {
                using var status = JsonDocument.Parse(await _client.GetStringAsync(new Uri(plan.Admins[gateway] + "/api/status")));
                var at = time.GetElapsedTime(began).TotalSeconds;
                var ill = status.RootElement.GetProperty("chains").EnumerateArray().SelectMany(static c => c.GetProperty("routes").EnumerateArray())
                    .Where(r => r.GetProperty("name").GetString() == plan.Judge.BackChain);
                if (BreakerOpen is null && ill.Any(static r => r.GetProperty("breaker").GetString() != "closed"))
                {
                    BreakerOpen = at;
                }

                Gates.AddRange(status.RootElement.GetProperty("backends").EnumerateArray().Select(b => new GateReading(
                    at,
                    gateway,
                    b.GetProperty("name").GetString()!,
                    b.GetProperty("limit").GetInt32(),
                    b.GetProperty("inFlight").GetInt32(),
                    b.GetProperty("queued").GetInt32())));
            }
            catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException)
            {
                // One look less; the load tells whether the gateway is there.
            }
        }
    }
}
