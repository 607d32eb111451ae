using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace SandGlass.Testing;

/// <summary>A real backend on a free port whose behaviour the test writes; it keeps what arrived.</summary>
public sealed class TestOrigin : IAsyncDisposable
{
    private readonly ConcurrentQueue<Arrival> _arrivals = new();
    private readonly WebApplication _app;
    private RequestDelegate _answer;

    private TestOrigin(WebApplication app, RequestDelegate answer)
    {
        _app = app;
        _answer = answer;
    }

    /// <summary>Where it is, as a policy writes it: <c>http://127.0.0.1:PORT</c> or <c>h2c://…</c>.</summary>
    public string Address { get; private set; } = string.Empty;

    /// <summary>What it does from now on.</summary>
    public RequestDelegate Answer
    {
        get => Volatile.Read(ref _answer);
        set => Volatile.Write(ref _answer, value);
    }

    /// <summary>What arrived, in order.</summary>
    public IReadOnlyList<Arrival> Arrivals => [.. _arrivals];

    /// <summary>How many requests arrived.</summary>
    public int Count => _arrivals.Count;

    /// <summary>The only request that arrived.</summary>
    public Arrival Only => _arrivals.Single();

    /// <summary>Starts one.</summary>
    /// <param name="answer">What it does.</param>
    /// <param name="http2">HTTP/2 without TLS instead of HTTP/1.1.</param>
    public static async Task<TestOrigin> StartAsync(RequestDelegate answer, bool http2 = false)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MaxRequestHeadersTotalSize = 1 << 20;
            kestrel.Limits.MaxRequestLineSize = 128 << 10;
            kestrel.Limits.MaxRequestHeaderCount = 2000;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = http2 ? HttpProtocols.Http2 : HttpProtocols.Http1);
        });
        var app = builder.Build();
        var origin = new TestOrigin(app, answer);
        app.Run(origin.TakeAsync);
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single();
        origin.Address = http2 ? address.Replace("http://", "h2c://", StringComparison.Ordinal) : address;
        return origin;
    }

    /// <summary>One that answers every request with 200 and this text.</summary>
    public static Task<TestOrigin> SayingAsync(string text) => StartAsync(http => http.Response.WriteAsync(text));

    /// <summary>Gives the request's body back as it came.</summary>
    public static async Task Echo(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        http.Response.ContentLength = body.Length;
        http.Response.Headers["X-Method"] = http.Request.Method;
        http.Response.Headers["X-Length"] = http.Request.ContentLength?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none";
        await http.Response.Body.WriteAsync(body.GetBuffer().AsMemory(0, (int)body.Length));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private Task TakeAsync(HttpContext http)
    {
        var request = http.Request;
        _arrivals.Enqueue(new(
            request.Method,
            http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
            request.Protocol,
            request.Headers.ToDictionary(static h => h.Key, static h => h.Value.ToArray(), StringComparer.OrdinalIgnoreCase)));
        return Answer(http);
    }
}

/// <summary>A request as it arrived at a backend.</summary>
/// <param name="Method">Method.</param>
/// <param name="Target">The target, byte for byte.</param>
/// <param name="Protocol">HTTP/1.1 or HTTP/2.</param>
/// <param name="Headers">All header lines by name.</param>
public sealed record Arrival(string Method, string Target, string Protocol, IReadOnlyDictionary<string, string?[]> Headers)
{
    /// <summary>The lines of a header joined, or null where there is none.</summary>
    public string? this[string name] => Headers.TryGetValue(name, out var lines) ? string.Join(", ", lines) : null;

    /// <summary>Whether a header arrived.</summary>
    public bool Has(string name) => Headers.ContainsKey(name);
}
