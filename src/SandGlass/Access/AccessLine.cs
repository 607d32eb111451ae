using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using SandGlass.Algorithms.Keys;
using SandGlass.Policy;
using SandGlass.Request;

namespace SandGlass.Access;

/// <summary>
/// One request as one line of JSON, with a line feed at its end. What a client says stands in it as JSON strings, so that no client can begin a line or a
/// field of its own. The fields are a promise: docs/access-log.md has them, and <c>sandglass-load replay</c> reads them.
/// </summary>
internal sealed class AccessLine : IDisposable
{
    // nginx's word for a client that left before it had an answer; no status went out.
    private const int ClientClosedRequest = 499;

    private readonly ArrayBufferWriter<byte> _line = new(1024);
    private readonly Utf8JsonWriter _json;

    // Only what JSON needs escaped is escaped: these lines go into no HTML page.
    public AccessLine() => _json = new(_line, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });

    /// <summary>The line; valid until the next one is made.</summary>
    /// <param name="passage">The request.</param>
    /// <param name="ending">How it ended.</param>
    /// <param name="end">When, wall clock, UTC.</param>
    /// <param name="took">From its first layer to its end.</param>
    /// <param name="plan">What is wanted.</param>
    /// <param name="key">What addresses are hashed with.</param>
    public ReadOnlySpan<byte> Of(Passage passage, in Ending ending, DateTime end, TimeSpan took, AccessLogPlan plan, SipKey key)
    {
        _line.ResetWrittenCount();
        _json.Reset();
        var request = passage.Http.Request;
        _json.WriteStartObject();
        _json.WriteString("time"u8, end - took);
        Who(passage, plan.Policy.Client, key);
        _json.WriteString("method"u8, request.Method);
        _json.WriteString("url"u8, Url(passage, plan.Policy.Query));
        _json.WriteString("host"u8, request.Host.Value);
        _json.WriteString("protocol"u8, request.Protocol);
        _json.WriteNumber("status"u8, Status(passage, ending));
        if (passage.Http.Response.ContentLength is { } length)
        {
            _json.WriteNumber("bytes"u8, length);
        }

        _json.WriteNumber("durationMs"u8, Math.Round(took.TotalMilliseconds, 3));
        _json.WriteString("chain"u8, passage.Route.Chain);
        _json.WriteString("route"u8, passage.Route.Name);
        _json.WriteString("criticality"u8, passage.Criticality.Word());
        _json.WriteString("outcome"u8, ending.Outcome.Word());
        _json.WriteString("layer"u8, ending.Layer.Word());
        if (passage.Rejection.Reason is { } reason && ending.Outcome is RequestOutcome.Refused or RequestOutcome.Failed or RequestOutcome.Fallback)
        {
            _json.WriteString("rule"u8, passage.Rejection.Rule);
            _json.WriteString("reason"u8, reason);
        }

        if (TraceParent.IsValid(request.Headers.TraceParent))
        {
            _json.WriteString("trace"u8, TraceParent.TraceId(request.Headers.TraceParent));
        }

        _json.WriteEndObject();
        _json.Flush();
        _line.Write("\n"u8);
        return _line.WrittenSpan;
    }

    /// <inheritdoc/>
    public void Dispose() => _json.Dispose();

    // Three facts apart from each other: who spoke to us, who is meant, and how the one was found from the other.
    private void Who(Passage passage, AccessLogClient wanted, SipKey key)
    {
        Address("peer"u8, passage.Peer, wanted, key);
        Address("client"u8, passage.Client, wanted, key);
        _json.WriteString("derivation"u8, passage.Derivation.End.Word());
        if (passage.Derivation.Header is { } header)
        {
            _json.WriteString("derivedFrom"u8, header);
        }
    }

    private void Address(ReadOnlySpan<byte> name, in ClientAddress address, AccessLogClient wanted, SipKey key)
    {
        if (wanted == AccessLogClient.None || address.Text is null)
        {
            return;
        }

        if (wanted == AccessLogClient.Address)
        {
            _json.WriteString(name, address.Text);
            return;
        }

        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, address.Bits);
        Span<byte> hash = stackalloc byte[16];
        SipHash.Hash(key, bytes).TryFormat(hash, out _, "x16", CultureInfo.InvariantCulture);
        _json.WriteString(name, hash);
    }

    // The normal form, which was matched and forwarded; what Trust refused has none, and stands as the client wrote it.
    private static ReadOnlySpan<char> Url(Passage passage, bool query)
    {
        var url = passage.Rejection.Layer == Place.Trust && passage.Http.Features.Get<IHttpRequestFeature>()?.RawTarget is { Length: > 0 } raw ? raw : passage.Target;
        var mark = query ? -1 : url.IndexOf('?', StringComparison.Ordinal);
        return mark < 0 ? url : url.AsSpan(0, mark);
    }

    private static int Status(Passage passage, in Ending ending) =>
        ending.Outcome == RequestOutcome.Aborted && !passage.Http.Response.HasStarted ? ClientClosedRequest : passage.Http.Response.StatusCode;
}
