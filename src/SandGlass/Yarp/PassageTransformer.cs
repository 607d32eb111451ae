using System.Collections.Frozen;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using SandGlass.Algorithms.Caching;
using SandGlass.Layers.Coalesce;
using SandGlass.Layers.Fallback;
using SandGlass.Policy;
using SandGlass.Request;
using SandGlass.Telemetry;
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
    // Of this hop only (RFC 9110 §7.6.1), or written by us.
    private static readonly FrozenSet<string> NotForwarded = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authentication-Info", "Proxy-Authorization",
        "Transfer-Encoding", "Upgrade", "TE", "HTTP2-Settings", "Alt-Svc", "Host");

    // Goes out to any backend in one piece. A larger body is stuck where a backend takes nothing, and there only YARP's clock runs, which
    // must be the route's then.
    private const int MostBeforeStream = 32 << 10;

    private static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private Attempts? _attempts;
    private TimeSpan _patience;
    private bool _streams;
    private bool _short;
    private SilenceClock? _clock;

    /// <summary>Where the request goes.</summary>
    public DestinationPlan Destination { get; private set; } = null!;

    /// <summary>
    /// Whether the head was waited for for so small a part of the route's time that running out of it says nothing about the backend.
    /// </summary>
    public bool WasShort { get; private set; }

    /// <summary>Whether what is left is less than what YARP's own clock, which begins when it is sent, would give it.</summary>
    public bool Hurries { get; private set; }

    /// <summary>Whether the client did not take what had been read for all already.</summary>
    public bool ClientTakesNothing { get; private set; }

    /// <summary>Whether a 5xx was held back.</summary>
    public bool Withheld { get; private set; }

    /// <summary>Whether what was fetched for all is not this client's variant: it is to be asked for once more, as the client asked.</summary>
    public bool GoesAgain { get; private set; }

    /// <summary>The backend's status; 0 before its answer.</summary>
    public int Status { get; private set; }

    /// <summary>The client's body, where the head must come within some time of its last byte that YARP does not know of; else null.</summary>
    public SendingBody? Sending { get; private set; }

    /// <summary>Whether the client has asked for an answer that may be a stream.</summary>
    public bool MayStream => _streams;

    // Null where nobody else may get the answer: then all of the client's request goes along and nothing is kept, in shadow too.
    private Flight? SharedFetch => passage is { Leads: true, Flight: { } flight } && flight.Plan.ActsOn(passage) ? flight : null;

    // Names that were learned or are sent along are not in every request's key.
    private bool SendsOnlyTheKey => SharedFetch is { Names.Count: 0, Plan.SentNames.Length: 0 };

    /// <summary>Before each request; false where its time is up already.</summary>
    public bool TryBegin(long now)
    {
        Withheld = ClientTakesNothing = GoesAgain = false;
        Status = 0;
        passage.QueuedThere = -1;
        Sending = null;
        // What is fetched for all is not hurried by the one who leads.
        var whole = passage.Timeout;
        _patience = passage.WaitsMs > 0 && SharedFetch is null && passage.WaitsMs < whole.TotalMilliseconds
            ? TimeSpan.FromMilliseconds(passage.WaitsMs) : whole;
        var left = Left(now);
        _short = left < whole / 2;
        WasShort = false;
        // A fiftieth is not worth a clock of its own.
        Hurries = left < whole - (whole / 50);
        return left > TimeSpan.Zero;
    }

    /// <summary>The head is waited for only as long as something is left, and not as long as YARP would.</summary>
    public void HoldToDeadline() => WasShort = _short;

    /// <summary>Where the request goes; again, when another attempt takes over.</summary>
    public void GoTo(DestinationPlan destination) => Destination = destination;

    /// <summary>What is left of the time that the request has, as the route and its caller say.</summary>
    public TimeSpan Left(long now) => _patience - time.GetElapsedTime(passage.DueFrom, now);

    /// <summary>What sends: the shared client, or one that minds attempts and deadline. After <see cref="ConfigFor"/>.</summary>
    public HttpMessageInvoker ClientFor(HttpMessageInvoker shared, HttpMessageHandler handler) =>
        _streams || Hurries || passage.Route.Attempts?.Allows(passage.Http.Request.Method) == true
            ? _attempts ??= new(handler, passage, this, time) : shared;

    /// <summary>
    /// YARP's settings for this request; a few objects shared by all. It has one figure for head and body. Who asks for a stream gets the
    /// longer one there, and no more time for it: the head is held to the deadline (<see cref="Attempts"/>), and the body to what it turns out to be.
    /// </summary>
    public ForwarderRequestConfig ConfigFor(Passage of)
    {
        _streams = (of.Headers.Upgrade.Count > 0 || of.Headers.Accept is [{ } accept]
            && accept.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase) || of.Http.Request.Method == "CONNECT")
            && BodyOf(of.Http) <= MostBeforeStream;
        return ForwarderConfigs.For(Silence(of), Destination.Http2);
    }

    /// <summary>The forwarding is over, however it ended.</summary>
    public ValueTask EndAsync()
    {
        var clock = _clock;
        _clock = null;
        return clock is null ? default : clock.DisposeAsync();
    }

    private static long BodyOf(HttpContext http) =>
        http.Request.ContentLength ?? (http.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true ? long.MaxValue : 0);

    // What YARP is told.
    private TimeSpan Silence(Passage of) => _streams && of.Backend!.IdleTimeout > of.Timeout ? of.Backend.IdleTimeout : of.Timeout;

    /// <inheritdoc/>
    public override ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        if ((Hurries || _streams) && proxyRequest.Content is { } body)
        {
            // Before the headers, of which some are the body's.
            proxyRequest.Content = Sending = new(body);
        }

        var shared = SharedFetch?.Plan;
        proxyRequest.RequestUri = new Uri(destinationPrefix + (shared is null ? passage.Target : SharedTarget.Of(passage, shared)), AsWritten);
        if (shared is null)
        {
            CopyKept(proxyRequest);
        }
        else
        {
            CopyShared(proxyRequest, shared);
            foreach (var name in SharedFetch!.Names)
            {
                if (!shared.SentNames.Contains(name))
                {
                    CopyVaried(proxyRequest, name);
                }
            }

            Ask(proxyRequest, SharedFetch.Known);
        }

        // A shared fetch is made for nobody in particular: who leads it must not show in what the others get.
        if (shared is null && passage.Client.Text is { } client)
        {
            Add(proxyRequest, "X-Forwarded-For", client);
        }

        Add(proxyRequest, "X-Forwarded-Proto", httpContext.Request.Scheme);
        Add(proxyRequest, "X-Forwarded-Host", httpContext.Request.Host.Value ?? string.Empty);
        Add(proxyRequest, "X-SandGlass-Criticality", passage.Criticality.Word());
        Add(proxyRequest, "X-SandGlass-Deadline-Ms", Deadline(passage.ForwardedAt));
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
        request.Headers.Remove("X-SandGlass-Deadline-Ms");
        Add(request, "X-SandGlass-Deadline-Ms", Deadline(now));
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

        if (Status >= 500 && (passage.Degraded is not null || passage.Route.Fallback?.ActsOn(passage) == true || (passage.LastGood is not null && time.GetTimestamp() <= passage.StaleUntil)))
        {
            Withheld = true;
            return new(false);
        }

        if (SharedFetch is { } flight)
        {
            if (Status != StatusCodes.Status304NotModified && HttpMethods.IsHead(httpContext.Request.Method))
            {
                var arrived = time.GetTimestamp();
                Keeping.Learn(
                    passage, flight, proxyResponse, flight.Known!, time.GetUtcNow(), time.GetElapsedTime(passage.ForwardedAt, arrived).TotalSeconds, passage.ForwardedAt, arrived);
                return PassOn(httpContext, proxyResponse, cancellationToken);
            }

            var known = Status == StatusCodes.Status304NotModified ? flight.Known : null;
            var reading = AnswerReading.Of(proxyResponse, time.GetUtcNow(), known);
            var now = time.GetTimestamp();
            TellLeftOut(flight, reading.Vary, now);
            if (Sharing.Judge(reading, flight.Plan, time.GetElapsedTime(passage.ForwardedAt, now).TotalSeconds, flight.IsAuthorized) is { } fresh)
            {
                if (known is not null)
                {
                    // Good still (§4.3.4): what is kept goes on with the headers of the 304.
                    passage.FetchStatus = Status;
                    Give(Keeping.Share(passage, flight, reading, known.Body, fresh, passage.ForwardedAt, now));
                    return new(false);
                }

                return CaptureAsync(httpContext, proxyResponse, flight, reading, fresh, cancellationToken);
            }

            if (reading.Facts.Control.Private && !flight.IsAuthorized)
            {
                passage.Route.LastGood?.Forget(passage);
            }

            // Nobody else can have it: let the others go their own ways now, not when this body is through.
            if (Status < 500 && !flight.IsAuthorized)
            {
                // Of one whose own credentials were refused this says nothing about what all others are given.
                Keeping.Refuse(flight, now);
            }
            else
            {
                flight.Land(null);
            }

            if (LacksAHeader(flight) && !passage.IsRefresh && flight.Plan.ClientBudget.TryTake(now, time.TimestampFrequency))
            {
                // Who leads must not be worse off than who goes alone. Of the clients' budget: whoever makes answers fail must not double the backend's work.
                Give(null);
                passage.CacheStatus = CacheStatus.Unshareable;
                return new(false);
            }

            if (known is not null || (flight.IsAuthorized && Status < 500))
            {
                // It must not be shared any more, and this client has asked for no 304; or it is for the owner of the credentials, who has sent
                // more than a shared fetch does.
                Give(null);
                return new(false);
            }
        }

        if (passage.Teaches is { } taught && taught.ActsOn(passage) && SaysForWhom(proxyResponse))
        {
            passage.IsForAll = Sharing.Judge(AnswerReading.Of(proxyResponse, time.GetUtcNow()), taught, 0, authorized: true) is { Seconds: > 0 };
        }

        return passage.IsRefresh ? new(false) : PassOn(httpContext, proxyResponse, cancellationToken);
    }

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

    // Who brings a backend that needs a header sees wrong answers, and nothing that says why.
    private void TellLeftOut(Flight flight, IReadOnlyList<string>? vary, long now)
    {
        var (plan, route) = (flight.Plan, passage.Route.Name);
        if (LacksAHeader(flight) && IsTime())
        {
            log.LogWarning(
                "Route {Route}: the backend answered a shared fetch with {Status}. It sends only what is in the key, and left out {Headers}. If the backend needs one of them, name it in coalesce.send of the route, or in coalesce.key where it changes the answer",
                route, Status, LeftOut.Of(passage, plan, flight.Names));
        }
        else if (Status < 400 && LeftOut.Varied(passage, plan, flight.Names, vary) is { } varied && IsTime())
        {
            log.LogInformation(
                "Route {Route}: answers differ by {Headers} (Vary), which shared fetches left out so far, so the first one is fetched twice. Named in coalesce.send of the route it goes along at once, and is part of the key where an answer names it (but Cookie and Authorization never are)",
                route, varied);
        }

        bool IsTime() => plan.Counts.LeftOutTold.TryPass(now, (long)(LeftOut.Pause.TotalSeconds * time.TimestampFrequency));
    }

    private bool LacksAHeader(Flight flight) => LeftOut.MayBeFor(Status) && LeftOut.Of(passage, flight.Plan, flight.Names) is not null;

    private async ValueTask<bool> CaptureAsync(
        HttpContext httpContext, HttpResponseMessage answer, Flight flight, AnswerReading reading, Algorithms.Caching.Freshness fresh, CancellationToken cancellationToken)
    {
        // YARP has the stream's time for who asked for one; those who wait for this answer did not.
        using var patience = _streams ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken) : null;
        patience?.CancelAfter(passage.Timeout);
        var body = await BoundedBody.ReadAsync(answer.Content, flight.Plan.MaxBytes, patience?.Token ?? cancellationToken).ConfigureAwait(false);
        if (body.Complete)
        {
            Give(Keeping.Share(passage, flight, reading, body.Bytes, fresh, passage.ForwardedAt, time.GetTimestamp()));
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

    private void Give(StoredAnswer? answer)
    {
        passage.Answer = answer;
        passage.FreshFor = answer?.Lifetime ?? 0;
        passage.AnswerOutcome = RequestOutcome.Served;
        if (answer is { Status: StatusCodes.Status200OK })
        {
            passage.Route.LastGood?.KeepShared(passage, answer.Headers, answer.Body, answer.Names, answer.StoredAt - answer.AgeThen, passage.Flight!.Plan.SentNames);
        }

        if (answer is null && !passage.IsRefresh)
        {
            GoesAgain = true;
            var authorized = passage.Flight!.IsAuthorized;
            passage.Leads = false;
            passage.Flight = null;
            passage.CacheStatus = authorized ? CacheStatus.Bypass : CacheStatus.VaryMiss;
        }
    }

    private ValueTask<bool> PassOn(HttpContext httpContext, HttpResponseMessage answer, CancellationToken cancellationToken, bool keeps = true)
    {
        var streams = passage.IsStream = IsStream(answer);
        if (streams)
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
        else if (keeps && passage.Route.LastGood is { } good && GoodReading.Begin(good, passage, answer, SendsOnlyTheKey, time.GetTimestamp()) is { } reading)
        {
            answer.Content = new KeepingContent(answer.Content, reading, time);
        }

        var bound = streams ? passage.Backend!.IdleTimeout : passage.Timeout;
        if (bound < Silence(passage))
        {
            _clock = SilenceClock.Start(bound, httpContext, cancellationToken);
            answer.Content = new AnswerBody(answer.Content, _clock);
        }

        return copied;
    }

    // A tunnel through HTTP/2 begins with 200 (RFC 8441).
    private static bool IsStream(HttpResponseMessage answer) => answer.StatusCode == HttpStatusCode.SwitchingProtocols
        || answer.Content.Headers.ContentType?.MediaType is "text/event-stream"
        || (answer is { StatusCode: HttpStatusCode.OK, RequestMessage.Method: var method } && method == HttpMethod.Connect);

    private void CopyKept(HttpRequestMessage to)
    {
        var kept = passage.Kept;
        for (var i = 0; i < kept.Count; i++)
        {
            ref readonly var header = ref kept[i];
            if (header.Key[0] == ':' || NotForwarded.Contains(header.Key))
            {
                continue;
            }

            if (header.Value.Count == 1)
            {
                Add(to, header.Key, header.Value.ToString());
            }
            else if (!to.Headers.TryAddWithoutValidation(header.Key, (IEnumerable<string?>)header.Value))
            {
                to.Content?.Headers.TryAddWithoutValidation(header.Key, (IEnumerable<string?>)header.Value);
            }
        }

        if (passage.Headers.TE.ToString().Contains("trailers", StringComparison.OrdinalIgnoreCase))
        {
            Add(to, HeaderNames.TE, "trailers");
        }
    }

    private void CopyShared(HttpRequestMessage to, CoalescePlan plan)
    {
        foreach (var name in plan.HeaderNames)
        {
            CopyOne(to, name);
        }

        CopyCookies(to, plan);
        foreach (var name in plan.SentNames)
        {
            CopyVaried(to, name);
        }

        if (SharedFetch!.IsAuthorized && !plan.HeaderNames.Contains(HeaderNames.Authorization, StringComparer.OrdinalIgnoreCase))
        {
            CopyOne(to, HeaderNames.Authorization);
        }

        // The leader's trace, if it is one: nothing that a client could smuggle into what others get.
        if (TraceParent.IsValid(passage.Headers.TraceParent))
        {
            CopyOne(to, "traceparent");
        }
    }

    // Of all that a client keeps only what is in the key: the others may say who it is.
    private void CopyCookies(HttpRequestMessage to, CoalescePlan plan)
    {
        if (plan.CookieNames.Length == 0 || plan.HeaderNames.Contains(HeaderNames.Cookie, StringComparer.OrdinalIgnoreCase))
        {
            return;
        }

        var cookies = string.Empty;
        foreach (var name in plan.CookieNames)
        {
            if (Cookies.TryFind(passage.Headers.Cookie, name, out var value))
            {
                cookies += string.Concat(cookies.Length == 0 ? string.Empty : "; ", name, "=", value);
            }
        }

        if (cookies.Length > 0)
        {
            Add(to, HeaderNames.Cookie, cookies);
        }
    }

    private void CopyVaried(HttpRequestMessage to, string name)
    {
        if (VaryKey.IsSent(name) && !NotForwarded.Contains(name))
        {
            CopyOne(to, name);
        }
    }

    // Whether what is kept is good still (RFC 9111 §4.3.1).
    private static void Ask(HttpRequestMessage to, StoredAnswer? known)
    {
        if (known?.ETag is { } tag)
        {
            Add(to, HeaderNames.IfNoneMatch, tag);
        }

        if (known?.LastModified is { } modified)
        {
            Add(to, HeaderNames.IfModifiedSince, modified);
        }
    }

    private static string? First(System.Net.Http.Headers.HttpHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out var lines) ? lines.First() : null;

    private void CopyOne(HttpRequestMessage to, string name)
    {
        if (passage.Headers.TryGetValue(name, out var value) && value.Count > 0)
        {
            Add(to, name, value.ToString());
        }
    }

    // What is left of the route's timeout. Nearly always nothing has been spent yet, and the text is the same as last time.
    private string Deadline(long now)
    {
        var ms = Math.Max(1, (long)Math.Ceiling(Left(now).TotalMilliseconds));
        return ms == (long)passage.Route.Timeout.TotalMilliseconds ? passage.Route.TimeoutText : ms.ToString(CultureInfo.InvariantCulture);
    }

    private static void Add(HttpRequestMessage to, string name, string value)
    {
        if (!to.Headers.TryAddWithoutValidation(name, value))
        {
            to.Content?.Headers.TryAddWithoutValidation(name, value);
        }
    }
}
