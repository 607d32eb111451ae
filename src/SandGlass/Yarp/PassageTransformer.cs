using System.Net;
using SandGlass.Algorithms.Caching;
using SandGlass.Layers.Coalesce;
using SandGlass.Layers.Fallback;
using SandGlass.Policy;
using SandGlass.Request;
using Yarp.ReverseProxy.Forwarder;

namespace SandGlass.Yarp;

/// <summary>
/// What goes to the backend and what comes back, for one passage; pooled with it. Writes what Trust believes in place of what clients
/// claim, sends the one normal target, and holds an answer back where it is to be shared or replaced.
/// </summary>
/// <param name="passage">The passage that it belongs to.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Where it is told, seldom, what a shared fetch leaves out.</param>
internal sealed class PassageTransformer(Passage passage, TimeProvider time, ILogger log) : HttpTransformer
{
    private const string DeadlineHeader = "X-SandGlass-Deadline-Ms";

    private static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly Deadline _deadline = new(passage, time);
    private readonly Silence _silence = new();
    private readonly SharedFetch _shared = new(passage, time, log);
    private Attempts? _attempts;

    /// <summary>Where the request goes.</summary>
    public DestinationPlan Destination { get; private set; } = null!;

    /// <inheritdoc cref="Deadline.WasShort"/>
    public bool WasShort => _deadline.WasShort;

    /// <inheritdoc cref="Deadline.Hurries"/>
    public bool Hurries => _deadline.Hurries;

    /// <summary>Whether the client did not take what had been read for all already.</summary>
    public bool ClientTakesNothing { get; private set; }

    /// <summary>Whether a 5xx was held back.</summary>
    public bool Withheld { get; private set; }

    /// <inheritdoc cref="SharedFetch.GoesAgain"/>
    public bool GoesAgain => _shared.GoesAgain;

    /// <summary>The backend's status; 0 before its answer.</summary>
    public int Status { get; private set; }

    /// <summary>The client's body, where the head must come within some time of its last byte that YARP does not know of; else null.</summary>
    public SendingBody? Sending { get; private set; }

    /// <inheritdoc cref="Silence.MayStream"/>
    public bool MayStream => _silence.MayStream;

    /// <summary>Before each request; false where its time is up already.</summary>
    public bool TryBegin(long now)
    {
        Withheld = ClientTakesNothing = false;
        Status = 0;
        passage.QueuedThere = -1;
        Sending = null;
        _shared.Begin();
        return _deadline.TryBegin(now, forAll: _shared.Flight is not null);
    }

    /// <inheritdoc cref="Deadline.Hold"/>
    public void HoldToDeadline() => _deadline.Hold();

    /// <summary>Where the request goes; again, when another attempt takes over.</summary>
    public void GoTo(DestinationPlan destination) => Destination = destination;

    /// <inheritdoc cref="Deadline.Left"/>
    public TimeSpan Left(long now) => _deadline.Left(now);

    /// <summary>What sends: the shared client, or one that minds attempts and deadline. After <see cref="ConfigFor"/>.</summary>
    public HttpMessageInvoker ClientFor(HttpMessageInvoker shared, HttpMessageHandler handler) =>
        MayStream || Hurries || passage.Route.Attempts?.Allows(passage.Http.Request.Method) == true
            ? _attempts ??= new(handler, passage, this, time) : shared;

    /// <inheritdoc cref="Silence.ConfigFor"/>
    public ForwarderRequestConfig ConfigFor(Passage of) => _silence.ConfigFor(of, Destination.Http2);

    /// <inheritdoc cref="Silence.EndAsync"/>
    public ValueTask EndAsync()
    {
        Sending = null;
        return _silence.EndAsync();
    }

    /// <inheritdoc/>
    public override ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        if ((Hurries || MayStream) && proxyRequest.Content is { } body)
        {
            // Before the headers, of which some are the body's.
            proxyRequest.Content = Sending = new(body);
        }

        string target;
        if (_shared.Flight is { } flight)
        {
            target = SharedTarget.Of(passage, flight.Plan);
            SharedHead.Write(passage, proxyRequest, flight);
        }
        else
        {
            target = passage.Target;
            OwnHead.Write(passage, proxyRequest);
        }

        proxyRequest.RequestUri = new Uri(destinationPrefix + target, AsWritten);
        SentHeader.Add(proxyRequest, "X-Forwarded-Proto", httpContext.Request.Scheme);
        SentHeader.Add(proxyRequest, "X-Forwarded-Host", httpContext.Request.Host.Value ?? string.Empty);
        SentHeader.Add(proxyRequest, "X-SandGlass-Criticality", passage.Criticality.Word());
        SentHeader.Add(proxyRequest, DeadlineHeader, _deadline.Text(passage.ForwardedAt));
        return default;
    }

    /// <summary>The same request once more, for another destination.</summary>
    public HttpRequestMessage Again(HttpMethod method, DestinationPlan destination, long now)
    {
        var request = new HttpRequestMessage
        {
            Method = method,
            Version = destination.Http2 ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        // Nothing in it waits.
        var filled = TransformRequestAsync(passage.Http, request, destination.Prefix, CancellationToken.None);
        System.Diagnostics.Debug.Assert(filled.IsCompleted, "it waits for nothing");
        request.Headers.Remove(DeadlineHeader);
        SentHeader.Add(request, DeadlineHeader, _deadline.Text(now));
        return request;
    }

    /// <inheritdoc/>
    public override ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse is null)
        {
            return new(true);
        }

        Status = (int)proxyResponse.StatusCode;
        // A permit's time is that of the attempt that has it, so its wait is the answer's.
        if (passage.Backend!.QueueHeader is { } name)
        {
            passage.QueuedThere = QueueReport.Read(proxyResponse.Headers, name, time.TimestampFrequency);
        }

        if (Status >= 500 && HasAnother())
        {
            Withheld = true;
            return new(false);
        }

        if (_shared.Flight is { } flight)
        {
            if (Status != StatusCodes.Status304NotModified && HttpMethods.IsHead(httpContext.Request.Method))
            {
                _shared.Learn(flight, proxyResponse);
                return PassOn(httpContext, proxyResponse, cancellationToken);
            }

            var fate = _shared.Judge(flight, proxyResponse, out var reading, out var fresh);
            if (fate != SharedFate.Alone)
            {
                return fate == SharedFate.Held ? new(false) : CaptureAsync(httpContext, proxyResponse, flight, reading, fresh, cancellationToken);
            }
        }

        if (passage.Teaches is { } taught && taught.ActsOn(passage) && SaysForWhom(proxyResponse))
        {
            passage.IsForAll = Sharing.Judge(AnswerReading.Of(proxyResponse, time.GetUtcNow()), taught, 0, authorized: true) is { Seconds: > 0 };
        }

        return passage.IsRefresh ? new(false) : PassOn(httpContext, proxyResponse, cancellationToken);
    }

    // Whether there may be another answer than a failure.
    private bool HasAnother() =>
        passage.Degraded is not null || passage.Route.Fallback?.ActsOn(passage) == true || (passage.LastGood is not null && time.GetTimestamp() <= passage.StaleUntil);

    // Only such a word makes an answer to somebody's credentials one for all (RFC 9111 §3.5): most have none, and need not be read.
    private static bool SaysForWhom(HttpResponseMessage answer)
    {
        foreach (var name in ControlFields.Names)
        {
            if (answer.Headers.NonValidated.Contains(name))
            {
                return true;
            }
        }

        return false;
    }

    private async ValueTask<bool> CaptureAsync(
        HttpContext httpContext, HttpResponseMessage answer, Flight flight, AnswerReading reading, Freshness fresh, CancellationToken cancellationToken)
    {
        // YARP has the stream's time for who asked for one; those who wait for this answer did not.
        using var patience = MayStream ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken) : null;
        patience?.CancelAfter(passage.Timeout);
        var body = await BoundedBody.ReadAsync(answer.Content, flight.Plan.MaxBytes, patience?.Token ?? cancellationToken).ConfigureAwait(false);
        if (body.Complete)
        {
            _shared.Give(Keeping.Share(passage, flight, reading, body.Bytes, fresh, passage.ForwardedAt, time.GetTimestamp()));
            return false;
        }

        // Larger than what is kept: give what has been read, and let YARP copy the rest.
        Keeping.Refuse(flight, time.GetTimestamp());
        if (passage.IsRefresh)
        {
            return false;
        }

        var pass = await PassOn(httpContext, answer, cancellationToken, keeps: false).ConfigureAwait(false);
        try
        {
            await httpContext.Response.Body.WriteAsync(body.Bytes, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The client does not take it. YARP finds its time over, and would hold that against the backend, of which it has read nothing yet.
            ClientTakesNothing = true;
        }

        return pass;
    }

    private ValueTask<bool> PassOn(HttpContext httpContext, HttpResponseMessage answer, CancellationToken cancellationToken, bool keeps = true)
    {
        if (passage.IsStream = Silence.IsStream(answer))
        {
            var now = time.GetTimestamp();
            RuleWalk.Part(passage, new(RequestOutcome.Served, Place.Forward) { Permit = Algorithms.Outcome.Success }, now);
            // No rule holds the one of a backend that stands in.
            passage.GiveBackPermit(Algorithms.Outcome.Success, now);
        }

        Invalidation.After(passage, Status, First(answer.Headers, "Location"), First(answer.Content.Headers, "Content-Location"), time.GetTimestamp());
        var copied = base.TransformResponseAsync(httpContext, answer, cancellationToken);
        AnswerHeaders.AddCommon(passage, httpContext.Response.Headers, time);
        if (passage.Degraded is not null)
        {
            httpContext.Response.Headers["Proxy-Status"] = ProxyStatus.Of(passage.Rejection);
        }
        else if (keeps && passage.Route.LastGood is { } good && GoodReading.Begin(good, passage, answer, _shared.SendsOnlyTheKey, time.GetTimestamp()) is { } reading)
        {
            answer.Content = new KeepingContent(answer.Content, reading, time);
        }

        _silence.Hold(passage, answer, httpContext, cancellationToken);
        return copied;
    }

    private static string? First(System.Net.Http.Headers.HttpHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out var lines) ? lines.First() : null;
}
