using System.Net;
using Microsoft.AspNetCore.Http.Features;
using SandGlass.Request;
using Yarp.ReverseProxy.Forwarder;

namespace SandGlass.Yarp;

/// <summary>
/// How long an answer may be silent. YARP has one figure for head and body. Who asks for a stream gets the longer one there, and no more time
/// for it: the head is held to the deadline (<see cref="Attempts"/>), and the body to what it turns out to be. One a passage, reused.
/// </summary>
internal sealed class Silence
{
    // Goes out to any backend in one piece. A larger body is stuck where a backend takes nothing, and there only YARP's clock runs, which
    // must be the route's then.
    private const int MostBeforeStream = 32 << 10;

    private SilenceClock? _clock;

    /// <summary>Whether the client has asked for an answer that may be a stream.</summary>
    public bool MayStream { get; private set; }

    /// <summary>YARP's settings for this request; a few objects shared by all.</summary>
    public ForwarderRequestConfig ConfigFor(Passage of, bool http2)
    {
        MayStream = (of.Headers.Upgrade.Count > 0 || of.Headers.Accept is [{ } accept]
            && accept.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase) || of.Http.Request.Method == "CONNECT")
            && BodyOf(of.Http) <= MostBeforeStream;
        return ForwarderConfigs.For(OfYarp(of), http2);
    }

    /// <summary>Whether an answer is a stream. A tunnel through HTTP/2 begins with 200 (RFC 8441).</summary>
    public static bool IsStream(HttpResponseMessage answer) => answer.StatusCode == HttpStatusCode.SwitchingProtocols
        || answer.Content.Headers.ContentType?.MediaType is "text/event-stream"
        || (answer is { StatusCode: HttpStatusCode.OK, RequestMessage.Method: var method } && method == HttpMethod.Connect);

    /// <summary>Holds an answer's body to its own figure, where YARP has been told a longer one.</summary>
    /// <param name="of">The passage, which knows whether it is a stream.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="http">Where it goes.</param>
    /// <param name="ended">YARP's own end of it.</param>
    public void Hold(Passage of, HttpResponseMessage answer, HttpContext http, CancellationToken ended)
    {
        var bound = of.IsStream ? of.Backend!.IdleTimeout : of.Timeout;
        if (bound < OfYarp(of))
        {
            _clock = SilenceClock.Start(bound, http, ended);
            answer.Content = new AnswerBody(answer.Content, _clock);
        }
    }

    /// <summary>The forwarding is over, however it ended.</summary>
    public ValueTask EndAsync()
    {
        var clock = _clock;
        _clock = null;
        return clock is null ? default : clock.DisposeAsync();
    }

    // What YARP is told.
    private TimeSpan OfYarp(Passage of) => MayStream && of.Backend!.IdleTimeout > of.Timeout ? of.Backend.IdleTimeout : of.Timeout;

    private static long BodyOf(HttpContext http) =>
        http.Request.ContentLength ?? (http.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true ? long.MaxValue : 0);
}
