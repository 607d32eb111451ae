using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using SandGlass.Policy;
using SandGlass.Request;

namespace SandGlass.Telemetry;

/// <summary>
/// Counts what Kestrel itself refuses before the gateway sees a request: broken request lines, header floods, slow heads. They are
/// Trust's refusals like any other, so that the outcomes add up to what clients sent. Kestrel tells of them through a diagnostic source.
/// </summary>
/// <param name="state">Where they are counted.</param>
public sealed class KestrelRefusals(GatewayState state) : DiagnosticSource
{
    private const string BadRequest = "Microsoft.AspNetCore.Server.Kestrel.BadRequest";

    // These happen while the gateway reads a body, and so are counted with the request they belong to.
    private static readonly string[] OfBodies =
    [
        "Request body too large", "Reading the request body timed out", "Unexpected end of request content", "Bad chunk s",
        "Chunked request incomplete",
    ];

    /// <inheritdoc/>
    public override bool IsEnabled(string name) => name == BadRequest;

    /// <inheritdoc/>
    public override void Write(string name, object? value)
    {
        if (name != BadRequest || value is not IFeatureCollection features
            || features.Get<IBadRequestExceptionFeature>()?.Error is not { } error
            // Answered already, so counted already: found while Kestrel read the rest of its body, a trailer that is none for example.
            || features.Get<IHttpResponseFeature>() is { HasStarted: true }
            || Array.Exists(OfBodies, text => error.Message.StartsWith(text, StringComparison.Ordinal)))
        {
            return;
        }

        // 505 is what Kestrel would say to a version that it does not know, and its status cannot be changed from here. A client's mistake
        // is no 5xx of ours: the connection is closed instead.
        if (error is BadHttpRequestException { StatusCode: >= 500 })
        {
            features.Get<IHttpRequestLifetimeFeature>()?.Abort();
        }

        state.Ledger.Begin();
        state.Ledger.End(state.Ledger.Tally("none", "none"), new(RequestOutcome.Refused, Place.Trust), 0);
    }
}
