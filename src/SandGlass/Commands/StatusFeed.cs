using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;

namespace SandGlass.Commands;

/// <summary>What a gateway tells once a second (<c>GET /api/stream</c>). Goes on asking when it is lost, and says so.</summary>
internal sealed class StatusFeed(Uri gateway, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly HttpClient _client = AdminCall.Client(gateway, Timeout.InfiniteTimeSpan);

    /// <summary>Whose.</summary>
    public Uri Gateway => gateway;

    /// <summary>The newest; null: none yet.</summary>
    public JsonElement? Latest { get; private set; }

    /// <summary>When it came, ticks.</summary>
    public long LatestAt { get; private set; }

    /// <summary>Why none comes; null: they do.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Follows until it is cancelled. Throws only what cannot get better by waiting: a token that is refused.</summary>
    /// <exception cref="UnauthorizedAccessException">The gateway wants another token.</exception>
    public async Task FollowAsync(CancellationToken stop)
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                await OnceAsync(static (_, _) => default, stop).ConfigureAwait(false);
                await Task.Delay(Patience, time, stop).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Done.
        }
    }

    /// <summary>Prints each as one line of JSON, for programs, until the gateway goes. 0 cancelled, 1 refused, 3 nobody there.</summary>
    public async Task<int> PrintAsync(TextWriter output, TextWriter error, CancellationToken stop)
    {
        try
        {
            await OnceAsync(async (data, left) => await output.WriteLineAsync(data.AsMemory(), left).ConfigureAwait(false), stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 0;
        }
        catch (UnauthorizedAccessException refused)
        {
            await error.WriteLineAsync($"sandglass: {refused.Message}").ConfigureAwait(false);
            return 1;
        }

        await error.WriteLineAsync($"sandglass: {Trouble}").ConfigureAwait(false);
        return 3;
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private async Task OnceAsync(Func<string, CancellationToken, ValueTask> told, CancellationToken stop)
    {
        try
        {
            using var response = await _client.GetAsync("api/stream", HttpCompletionOption.ResponseHeadersRead, stop).ConfigureAwait(false);
            if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.TooManyRequests)
            {
                throw new UnauthorizedAccessException($"{gateway} answers {(int)response.StatusCode}: put its token into SANDGLASS_ADMIN_TOKEN or SANDGLASS_VIEWER_TOKEN");
            }

            response.EnsureSuccessStatusCode();
            await using var stream = await response.Content.ReadAsStreamAsync(stop).ConfigureAwait(false);
            await foreach (var item in SseParser.Create(stream).EnumerateAsync(stop).ConfigureAwait(false))
            {
                using var document = JsonDocument.Parse(item.Data);
                (Latest, LatestAt, Trouble) = (document.RootElement.Clone(), time.GetTimestamp(), null);
                await told(item.Data, stop).ConfigureAwait(false);
            }

            Trouble = $"the gateway at {gateway} has ended";
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or JsonException)
        {
            Trouble = $"no gateway answers at {gateway} ({fault.Message}); name its admin address with --admin";
        }
    }
}
