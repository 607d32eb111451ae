using System.Net;

namespace SandGlass.RateProbe;

/// <summary>What came back.</summary>
internal sealed record Counted(long Sent, long Admitted, long Refused, long Others, double Seconds);

/// <summary>Sends at fixed moments over a fixed number of connections, each of which has every n-th moment.</summary>
internal sealed class Sender(Uri url, int rate, int seconds, int connections, TimeProvider time)
{
    private long _sent, _admitted, _refused, _others, _last;

    public async Task<Counted> RunAsync()
    {
        using var handler = new SocketsHttpHandler { MaxConnectionsPerServer = connections, UseProxy = false, ActivityHeadersPropagator = null };
        using var client = new HttpMessageInvoker(handler);
        // Connections and code are warm before the first counted request: no route takes this one, and no limit sees it.
        await Task.WhenAll(Enumerable.Range(0, connections).Select(async _ => (await AskAsync(client, new(url, "/no-such-route"))).Dispose()));
        var began = time.GetTimestamp() + (time.TimestampFrequency / 5);
        await Task.WhenAll(Enumerable.Range(0, connections).Select(i => LineAsync(client, began, i)));
        return new(_sent, _admitted, _refused, _others, (double)(_last - began) / time.TimestampFrequency);
    }

    private async Task LineAsync(HttpMessageInvoker client, long began, int line)
    {
        for (long at = line; at < (long)rate * seconds; at += connections)
        {
            var due = began + (long)(at * (double)time.TimestampFrequency / rate);
            var wait = time.GetElapsedTime(time.GetTimestamp(), due);
            if (wait > TimeSpan.FromMilliseconds(1))
            {
                await Task.Delay(wait, time);
            }

            Interlocked.Increment(ref _sent);
            using var answer = await AskAsync(client, url);
            Interlocked.Increment(ref answer.StatusCode == HttpStatusCode.OK ? ref _admitted : ref answer.StatusCode == HttpStatusCode.TooManyRequests ? ref _refused : ref _others);
            Interlocked.Exchange(ref _last, time.GetTimestamp());
        }
    }

    private static async Task<HttpResponseMessage> AskAsync(HttpMessageInvoker client, Uri at)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, at) { Version = HttpVersion.Version11 };
        var answer = await client.SendAsync(request, CancellationToken.None);
        await answer.Content.LoadIntoBufferAsync();
        return answer;
    }
}
