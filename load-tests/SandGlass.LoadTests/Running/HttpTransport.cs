using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using SandGlass.LoadTests.Measuring;
using SandGlass.LoadTests.Planning;

namespace SandGlass.LoadTests.Running;

/// <summary>HTTP/1.1 and HTTP/2 over .NET's own handler: no proxy, no cookies, no redirects, no tracing; as many connections as it takes.</summary>
internal sealed class HttpTransport : ITransport, IDisposable
{
    private const int MostKept = 1 << 20;

    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        EnableMultipleHttp2Connections = true,
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(10),
        PooledConnectionLifetime = Timeout.InfiniteTimeSpan,
        MaxConnectionsPerServer = int.MaxValue,
        ConnectTimeout = TimeSpan.FromSeconds(10),
    });

    public async ValueTask<Answer> SendAsync(Shot shot)
    {
        try
        {
            using var request = Request(shot);
            using var response = await _client.SendAsync(request, shot.Patience.Token).ConfigureAwait(false);
            var step = shot.Step;
            var keeps = step.ReadsBody && shot.Journey.Replayed is null;
            var (bytes, body) = await ReadAsync(response.Content, keeps, shot.Patience.Token).ConfigureAwait(false);
            return Judge(shot, response, bytes, body);
        }
        catch (OperationCanceledException)
        {
            return new(Outcome.Error, 0, Why: "timed out");
        }
        catch (HttpRequestException fault)
        {
            return new(Outcome.Error, 0, Why: Reason(fault));
        }
        catch (Exception fault) when (fault is IOException or SocketException)
        {
            return new(Outcome.Error, 0, Why: "cut off amid the answer");
        }
        catch (Exception fault) when (fault is FormatException or InvalidOperationException or UriFormatException or NotSupportedException)
        {
            return new(Outcome.Error, 0, Why: $"could not be sent: {fault.Message}");
        }
    }

    public void Dispose() => _client.Dispose();

    private static HttpRequestMessage Request(Shot shot)
    {
        var (journey, step) = (shot.Journey, shot.Step);
        var replayed = journey.Replayed;
        var url = new Uri(journey.Plan.Target, replayed?.Target ?? step.Path.Render(journey.Values));
        var request = new HttpRequestMessage(replayed?.Method ?? step.Method, url)
        {
            Version = journey.Plan.Http,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        if ((replayed is null ? step.Body?.Render(journey.Values) : replayed.Body) is { } body)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        }

        if (replayed is not null)
        {
            foreach (var (name, value) in replayed.Headers)
            {
                Add(request, name, value);
            }

            return request;
        }

        foreach (var (name, value) in step.Headers)
        {
            Add(request, name, value.Render(journey.Values));
        }

        return request;
    }

    private static void Add(HttpRequestMessage request, string name, string value)
    {
        if (!request.Headers.TryAddWithoutValidation(name, value))
        {
            request.Content?.Headers.TryAddWithoutValidation(name, value);
        }
    }

    private static async ValueTask<(long Bytes, string Body)> ReadAsync(HttpContent content, bool keeps, CancellationToken cancel)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(16 << 10);
        try
        {
            using var kept = keeps ? new MemoryStream() : null;
            var stream = await content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
            long bytes = 0;
            int read;
            while ((read = await stream.ReadAsync(buffer, cancel).ConfigureAwait(false)) > 0)
            {
                bytes += read;
                if (kept?.Length < MostKept)
                {
                    kept.Write(buffer, 0, read);
                }
            }

            return (bytes, kept is null ? string.Empty : Encoding.UTF8.GetString(kept.GetBuffer(), 0, (int)kept.Length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static Answer Judge(Shot shot, HttpResponseMessage response, long bytes, string body)
    {
        var status = (int)response.StatusCode;
        var step = shot.Step;
        string? Header(string name) => response.Headers.NonValidated.TryGetValues(name, out var values)
            || response.Content.Headers.NonValidated.TryGetValues(name, out values) ? values.ToString() : null;
        var replayed = shot.Journey.Replayed is not null;
        var failed = replayed ? null : step.Checks.FirstOrDefault(c => !c.Holds(status, Header, body));
        var asked = !replayed && step.Checks.Any(static c => c is StatusCheck);
        var stale = Outcomes.IsStale(status, Header("Cache-Status"), Header("Proxy-Status"), Header("Warning"));
        // A replay holds no expectations: what the log's server did not find, this one need not.
        var outcome = replayed && status is >= 400 and < 500 and not 429 ? Outcome.Ok : Outcomes.Of(status, asked, failed is null, stale);
        if (outcome.Good() && !replayed && !Save(shot, body, out var missing))
        {
            return new(Outcome.Other, status, bytes, $"{step.Name}: nothing to save at {missing}");
        }

        return new(outcome, status, bytes, outcome != Outcome.Other ? null : failed is null or StatusCheck ? $"{step.Name}: status {status}" : $"{step.Name}: {failed.GetType().Name} failed");
    }

    private static bool Save(Shot shot, string body, out string missing)
    {
        missing = string.Empty;
        foreach (var (value, pointer) in shot.Step.Saves)
        {
            missing = pointer;
            if (JsonPointer.Find(body, pointer) is not { } found)
            {
                return false;
            }

            shot.Journey.Values[value] = found;
        }

        return true;
    }

    private static string Reason(HttpRequestException fault) => fault.HttpRequestError switch
    {
        HttpRequestError.ConnectionError => "could not connect",
        HttpRequestError.ResponseEnded => "cut off before the answer",
        HttpRequestError.NameResolutionError => "no such host",
        HttpRequestError.SecureConnectionError => "TLS failed",
        HttpRequestError.VersionNegotiationError => "does not speak this version of HTTP",
        _ => fault.InnerException is IOException ? "cut off" : $"{fault.HttpRequestError}",
    };
}

/// <summary>RFC 6901, as far as a value in an answer needs it.</summary>
internal static class JsonPointer
{
    /// <summary>The text, number or truth at a place; null where there is none or the body is no JSON.</summary>
    public static string? Find(string json, string pointer)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var at = document.RootElement;
            foreach (var part in pointer.Split('/').Skip(1).Select(static p => p.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)))
            {
                if (at.ValueKind == JsonValueKind.Array && int.TryParse(part, out var index) && index >= 0 && index < at.GetArrayLength())
                {
                    at = at[index];
                }
                else if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(part, out at))
                {
                    return null;
                }
            }

            return at.ValueKind is JsonValueKind.Object or JsonValueKind.Array or JsonValueKind.Null ? null : at.ToString();
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
