using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.AspNetCore.Connections;
using SandGlass.Request;
using Yarp.ReverseProxy.Forwarder;

namespace SandGlass.Yarp;

/// <summary>Forwards through YARP's direct forwarder: no clusters, no YARP configuration, so our snapshot is the only truth.</summary>
public sealed class YarpForwarder : IForwarder, IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    private readonly IHttpForwarder _forwarder;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly SocketsHttpHandler _handler;
    private readonly HttpMessageInvoker _client;

    /// <summary>A forwarder with one connection pool for all backends: pools are per address anyway, and so survive a reload.</summary>
    public YarpForwarder(IHttpForwarder forwarder, TimeProvider time, ILogger log)
    {
        _forwarder = forwarder;
        _time = time;
        _log = log;
        _handler = new()
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            // traceparent goes through as it came; nobody listens for activities here.
            ActivityHeadersPropagator = null,
            ConnectTimeout = ConnectTimeout,
            EnableMultipleHttp2Connections = true,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            // As Kestrel has read it: it takes nothing that is not UTF-8. .NET's own choice throws beyond ASCII.
            RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
            // Our queue queues, not the pool's, which knows no criticality: MaxConnectionsPerServer stays unbounded.
        };
        _client = new(_handler);
    }

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ForwardResult> ForwardAsync(Passage passage)
    {
        ArgumentNullException.ThrowIfNull(passage);
        var transformer = (PassageTransformer)(passage.Forwarding ??= new PassageTransformer(passage, _time, _log));
        var result = await ForwardOnceAsync(passage, transformer).ConfigureAwait(false);
        if (!transformer.GoesAgain)
        {
            return result;
        }

        // YARP has taken over the first answer's status, and forwards nothing where one is set.
        passage.Http.Response.StatusCode = StatusCodes.Status200OK;
        // Two round trips are not one that took twice as long.
        passage.Permit = passage.Permit with { Since = _time.GetTimestamp() };
        return await ForwardOnceAsync(passage, transformer).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ForwardResult> ForwardOnceAsync(Passage passage, PassageTransformer transformer)
    {
        var now = passage.ForwardedAt = _time.GetTimestamp();
        if (!transformer.TryBegin(now))
        {
            passage.Route.Attempts?.State.Expire();
            return new(ForwardEnd.Expired, StatusCodes.Status504GatewayTimeout);
        }

        transformer.GoTo(passage.Backend!.Pick(passage, now));
        transformer.Destination.State.Enter();
        var result = new ForwardResult(ForwardEnd.Unreachable, StatusCodes.Status502BadGateway);
        try
        {
            var config = transformer.ConfigFor(passage);
            var error = await _forwarder.SendAsync(
                passage.Http, transformer.Destination.Prefix, transformer.ClientFor(_client, _handler), config, transformer).ConfigureAwait(false);
            result = error == ForwarderError.None
                ? new(transformer.Withheld ? ForwardEnd.Withheld : ForwardEnd.Answered, transformer.Status)
                : transformer.ClientTakesNothing ? new(ForwardEnd.ClientLeft, 0) : Explain(passage, error, transformer.Status);
            if (result.End == ForwardEnd.TimedOut && transformer.WasShort)
            {
                passage.Route.Attempts?.State.Expire();
                result = new(ForwardEnd.Expired, StatusCodes.Status504GatewayTimeout);
            }

            return result;
        }
        finally
        {
            // Where it went in the end: attempts before that have left by themselves.
            transformer.Destination.Leave(result.Permit, _time);
            await transformer.EndAsync().ConfigureAwait(false);
        }
    }

    private static ForwardResult Explain(Passage passage, ForwarderError error, int status)
    {
        var http = passage.Http;
        var fault = http.GetForwarderErrorFeature()?.Exception;
        if (Find<BadHttpRequestException>(fault) is { } bad)
        {
            // A body that ends too early is a client that left, of which Kestrel tells us a moment later.
            return bad.Message.StartsWith("Unexpected end of request", StringComparison.Ordinal)
                ? new(ForwardEnd.ClientLeft, 0)
                : new(ForwardEnd.ClientFault, bad.StatusCode);
        }

        if (http.Response.HasStarted)
        {
            return ExplainStarted(passage, error, fault, status);
        }

        if (passage.ClientLeft)
        {
            return new(ForwardEnd.ClientLeft, 0);
        }

        return error switch
        {
            // What reading the client's body throws, where that is not a BadHttpRequestException: the connection broke, or a chunk size
            // so large that Kestrel's parser overflows (an IOException there).
            ForwarderError.RequestBodyClient => Find<ConnectionResetException>(fault) is not null || Find<ConnectionAbortedException>(fault) is not null
                ? new(ForwardEnd.ClientLeft, 0)
                : new(ForwardEnd.ClientFault, http.Response.StatusCode == StatusCodes.Status408RequestTimeout ? StatusCodes.Status408RequestTimeout : StatusCodes.Status400BadRequest),
            ForwarderError.RequestTimedOut or ForwarderError.RequestCanceled or ForwarderError.RequestBodyCanceled or ForwarderError.ResponseBodyCanceled
                or ForwarderError.UpgradeRequestCanceled or ForwarderError.UpgradeResponseCanceled or ForwarderError.ResponseBodyClient
                or ForwarderError.UpgradeRequestClient or ForwarderError.UpgradeResponseClient => new(ForwardEnd.TimedOut, StatusCodes.Status504GatewayTimeout),
            _ => new(ForwardEnd.Unreachable, StatusCodes.Status502BadGateway),
        };
    }

    // The head is out. YARP tells time-outs apart by whom it waited for, and then cuts the client off whoever that was; so whether the client
    // has left comes last.
    private static ForwardResult ExplainStarted(Passage passage, ForwarderError error, Exception? fault, int status) => error switch
    {
        ForwarderError.ResponseBodyDestination => new(ForwardEnd.CutOff, status),
        // Nothing has gone through the tunnel for as long as it may, by YARP's clock or by ours.
        ForwarderError.UpgradeActivityTimeout => new(ForwardEnd.Answered, status),
        ForwarderError.UpgradeResponseDestination when fault is OperationCanceledException => new(ForwardEnd.Answered, status),
        // It has left, or takes nothing; or the rest of its body does not come.
        ForwarderError.ResponseBodyClient or ForwarderError.ResponseBodyCanceled or ForwarderError.RequestBodyClient or ForwarderError.RequestBodyCanceled
            or ForwarderError.UpgradeRequestClient or ForwarderError.UpgradeResponseClient
            or ForwarderError.UpgradeRequestCanceled or ForwarderError.UpgradeResponseCanceled => new(ForwardEnd.ClientLeft, 0),
        _ when passage.ClientLeft => new(ForwardEnd.ClientLeft, 0),
        _ => new(ForwardEnd.CutOff, status),
    };

    private static T? Find<T>(Exception? fault)
        where T : Exception
    {
        for (; fault is not null; fault = fault is AggregateException { InnerExceptions.Count: > 0 } many
            ? many.InnerExceptions.Select(Find<T>).FirstOrDefault(static f => f is not null) ?? many.InnerException
            : fault.InnerException)
        {
            if (fault is T found)
            {
                return found;
            }
        }

        return null;
    }
}
