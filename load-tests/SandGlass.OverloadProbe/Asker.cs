using System.Diagnostics;
using System.Net;

namespace SandGlass.OverloadProbe;

/// <summary>How a request ended for who asked.</summary>
internal enum End
{
    /// <summary>2xx, whole, in time.</summary>
    Good,

    /// <summary>503 or 429.</summary>
    Refused,

    /// <summary>Another status, or no whole answer.</summary>
    Failed,

    /// <summary>The client's patience was over.</summary>
    Left,
}

/// <summary>What came back. <paramref name="RetryAfter"/>: what a refusal says of it.</summary>
internal readonly record struct Answer(End End, TimeSpan? RetryAfter);

/// <summary>Asks once. Connections are as many as it takes: nobody waits for somebody else's.</summary>
internal sealed class Asker(TimeProvider time) : IDisposable
{
    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        ActivityHeadersPropagator = null,
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(10),
    });

    /// <param name="url">Where.</param>
    /// <param name="method">GET or POST.</param>
    /// <param name="client">The address in X-Forwarded-For.</param>
    /// <param name="cookies">What the gateway has set so far; what it sets now is added.</param>
    /// <param name="until">The tick at which patience is over.</param>
    public async Task<Answer> AskAsync(Uri url, HttpMethod method, string client, Dictionary<string, string>? cookies, long until)
    {
        var left = time.GetElapsedTime(time.GetTimestamp(), until);
        if (left <= TimeSpan.Zero)
        {
            return new(End.Left, null);
        }

        using var patience = new CancellationTokenSource(left, time);
        using var request = new HttpRequestMessage(method, url) { Version = HttpVersion.Version11 };
        request.Headers.TryAddWithoutValidation("X-Forwarded-For", client);
        if (cookies is { Count: > 0 })
        {
            request.Headers.TryAddWithoutValidation("Cookie", string.Join("; ", cookies.Select(static c => $"{c.Key}={c.Value}")));
        }

        if (method == HttpMethod.Post)
        {
            request.Content = new ByteArrayContent("{}"u8.ToArray());
        }

        try
        {
            using var answer = await _client.SendAsync(request, patience.Token);
            await answer.Content.CopyToAsync(Stream.Null, patience.Token);
            Keep(answer, cookies);
            var end = (int)answer.StatusCode switch
            {
                >= 200 and < 300 => End.Good,
                429 or 503 => End.Refused,
                _ => End.Failed,
            };
            return new(end, answer.Headers.RetryAfter?.Delta);
        }
        catch (OperationCanceledException)
        {
            return new(End.Left, null);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            return new(End.Failed, null);
        }
    }

    public void Dispose() => _client.Dispose();

    private static void Keep(HttpResponseMessage answer, Dictionary<string, string>? cookies)
    {
        if (cookies is null || !answer.Headers.TryGetValues("Set-Cookie", out var set))
        {
            return;
        }

        foreach (var line in set)
        {
            var pair = line.Split(';', 2)[0].Split('=', 2);
            Debug.Assert(pair.Length == 2, "a cookie has a name and a value");
            cookies[pair[0]] = pair[^1];
        }
    }
}
