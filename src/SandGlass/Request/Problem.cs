using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Microsoft.AspNetCore.WebUtilities;

namespace SandGlass.Request;

/// <summary>
/// The bodies of refusals: problem+json (RFC 9457) and a small page. Written straight into the response's buffer. All text but the trace
/// id comes from the policy and from constants, and is escaped all the same.
/// </summary>
internal static class Problem
{
    /// <summary>Writes the JSON; the number of bytes. <paramref name="to"/> must have 1,024.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="before">What <see cref="JsonBefore"/> gave for this rejection.</param>
    /// <param name="passage">The request.</param>
    public static int WriteJson(Span<byte> to, ReadOnlySpan<byte> before, Passage passage)
    {
        before.CopyTo(to);
        var trace = to.Slice(before.Length, 32);
        TraceId(passage, trace);
        "\"}"u8.CopyTo(to[(before.Length + trace.Length)..]);
        return before.Length + trace.Length + 2;
    }

    /// <summary>The JSON as far as it is the same for every request, up to the trace id; longer rule names are left out.</summary>
    public static byte[] JsonBefore(in Rejection rejection)
    {
        // The quota type is registered (IETF httpapi ratelimit-headers §6.1); ours are tags (RFC 4151), which nobody needs to resolve.
        var prefix = rejection.Layer == Place.RateLimit ? "https://iana.org/assignments/http-problem-types#" : "tag:sandglass,2026:";
        var rule = JavaScriptEncoder.Default.Encode(rejection.Rule.Length <= 128 ? rejection.Rule : string.Empty);
        return Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"type\":\"{prefix}{rejection.Reason}\",\"title\":\"{ReasonPhrases.GetReasonPhrase(rejection.Status)}\",\"status\":{rejection.Status},\"layer\":\"{rejection.Layer.Word()}\",\"rule\":\"{rule}\",\"traceId\":\""));
    }

    /// <summary>Writes the page; the number of bytes.</summary>
    public static int WritePage(Span<byte> to, in Rejection rejection)
    {
        var (title, advice) = rejection.Status switch
        {
            429 => ("One moment, please", "You were a little fast. Please try again in a few seconds."),
            404 => ("Not found", "There is nothing at this address."),
            503 or 502 or 504 => ("We are busy", "Many are shopping right now. Please try again in a moment."),
            _ => ("That did not work", "The request could not be understood. Please go back and try again."),
        };
        return Utf8.TryWrite(
            to,
            $"<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title><body><h1>{title}</h1><p>{advice}</p></body></html>",
            out var written) ? written : 0;
    }

    // The client's, or one of our own dice.
    private static void TraceId(Passage passage, Span<byte> to)
    {
        if (TraceParent.IsValid(passage.Headers.TraceParent))
        {
            Encoding.ASCII.GetBytes(TraceParent.TraceId(passage.Headers.TraceParent), to);
            return;
        }

        Span<ulong> drawn = [passage.Draw(), passage.Draw()];
        Convert.TryToHexStringLower(MemoryMarshal.AsBytes(drawn), to, out _);
    }
}
