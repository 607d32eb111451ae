using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace SandGlass.Testing;

/// <summary>A request without a server: what Kestrel would hand over, a client that can leave, and the answer to look at afterwards.</summary>
public sealed class TestContext : IHttpRequestLifetimeFeature, IDisposable
{
    private readonly CancellationTokenSource _left = new();
    private readonly MemoryStream _body = new();

    /// <summary>A request.</summary>
    public TestContext(string target = "/r/1", string method = "GET", string from = "198.51.100.7", params (string Name, string Value)[] headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        Http = new DefaultHttpContext();
        Http.Features.Set<IHttpRequestLifetimeFeature>(this);
        Http.Connection.RemoteIpAddress = IPAddress.Parse(from);
        var request = Http.Features.GetRequiredFeature<IHttpRequestFeature>();
        request.Method = method;
        request.Scheme = "http";
        request.Protocol = "HTTP/1.1";
        request.RawTarget = target;
        request.Headers["Host"] = "shop.example";
        foreach (var group in headers.GroupBy(static h => h.Name, StringComparer.OrdinalIgnoreCase))
        {
            request.Headers[group.Key] = group.Select(static h => h.Value).ToArray();
        }

        Http.Response.Body = _body;
    }

    /// <summary>What the gateway gets.</summary>
    public DefaultHttpContext Http { get; }

    /// <summary>Whether the gateway has cut the connection.</summary>
    public bool Cut { get; private set; }

    /// <summary>The answer's status.</summary>
    public int Status => Http.Response.StatusCode;

    /// <inheritdoc/>
    public CancellationToken RequestAborted { get => _left.Token; set => throw new NotSupportedException(); }

    /// <summary>A header of the answer; empty where it is missing.</summary>
    public string Header(string name) => Http.Response.Headers[name].ToString();

    /// <summary>The answer's body.</summary>
    public async Task<string> BodyAsync()
    {
        await Http.Response.BodyWriter.FlushAsync();
        return Encoding.UTF8.GetString(_body.ToArray());
    }

    /// <summary>The client leaves.</summary>
    public void Leave() => _left.Cancel();

    /// <inheritdoc/>
    public void Abort()
    {
        Cut = true;
        _left.Cancel();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _left.Dispose();
        _body.Dispose();
    }
}
