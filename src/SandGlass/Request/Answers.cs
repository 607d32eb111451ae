using System.Buffers;
using System.Globalization;
using Microsoft.Extensions.Primitives;
using SandGlass.Layers.Coalesce;
using SandGlass.Layers.Fallback;

namespace SandGlass.Request;

/// <summary>
/// Writes what a backend did not: kept answers, degraded answers, refusals. Small bodies go into the response's buffer without waiting,
/// so a refusal or a hit needs no async step at all.
/// </summary>
/// <param name="time">The clock, for ages.</param>
public sealed class Answers(TimeProvider time)
{
    private const int AtOnce = 16 << 10;

    private static readonly string[] Numbers = [.. Enumerable.Range(0, 3601).Select(static n => n.ToString(CultureInfo.InvariantCulture))];

    /// <summary>Gives a kept answer.</summary>
    public Task WriteAsync(Passage passage, StoredAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(answer);
        var response = passage.Http.Response;
        var part = passage.AnswerOutcome == RequestOutcome.Fallback ? BodyPart.Whole(answer) : BodyPart.For(passage.Http.Request, answer);
        var headers = Head(response, part.Status, answer.Headers);
        part.Adjust(response, answer);

        // Of an answer that is no older than its fetch there is nothing to tell.
        var age = answer.Age(time.GetTimestamp()) / time.TimestampFrequency;
        if (age > 0 || passage.AnswerOutcome is not (RequestOutcome.Served or RequestOutcome.Collapsed))
        {
            headers.Age = Number(age);
        }

        if (passage.AnswerOutcome == RequestOutcome.Fallback)
        {
            headers["Proxy-Status"] = RefusalText.Of(passage.Rejection).ProxyStatus;
        }

        AnswerHeaders.AddCommon(passage, headers, time);
        return WriteBody(response, answer.Body.AsMemory(part.From, part.Length));
    }

    /// <summary>Gives the last good answer, and says how old it is.</summary>
    public Task WriteAsync(Passage passage, GoodAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(answer);
        var response = passage.Http.Response;
        var headers = Head(response, answer.Status, answer.Headers);
        headers.Age = Number(answer.Age(time.GetTimestamp()) / time.TimestampFrequency);
        if (headers.CacheControl.Count == 0 && headers.Expires.Count == 0)
        {
            // As with other degraded answers: nobody may guess how long it is good for.
            headers.CacheControl = "no-store";
        }

        headers["Proxy-Status"] = RefusalText.Of(passage.Rejection).ProxyStatus;
        AnswerHeaders.AddCommon(passage, headers, time);
        return WriteBody(response, answer.Body);
    }

    /// <summary>Gives a degraded answer, or the fixed one of a route without a backend.</summary>
    public Task WriteAsync(Passage passage, FallbackPlan answer)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(answer);
        var response = passage.Http.Response;
        var headers = Head(response, answer.Status, answer.Headers);

        if (passage.Rejection.Status != 0)
        {
            headers["Proxy-Status"] = RefusalText.Of(passage.Rejection).ProxyStatus;
        }

        AnswerHeaders.AddCommon(passage, headers, time, TellWhen(passage, headers, answer.RetryAfter));
        if (answer.Status is not (StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent))
        {
            response.ContentLength = answer.Body.Length;
        }

        return WriteBody(response, answer.Body);
    }

    /// <summary>Refuses: problem+json, or a small page for those who would rather read one.</summary>
    public Task WriteAsync(Passage passage, in Rejection rejection)
    {
        ArgumentNullException.ThrowIfNull(passage);
        var response = passage.Http.Response;
        var headers = response.Headers;
        response.StatusCode = rejection.Status;
        var text = RefusalText.Of(rejection);
        headers["Proxy-Status"] = text.ProxyStatus;
        headers.CacheControl = "no-store";
        AnswerHeaders.AddCommon(passage, headers, time, TellWhen(passage, headers, rejection.RetryAfter));
        var page = passage.Headers.Accept is [{ } accept] && accept.Contains("text/html", StringComparison.Ordinal);
        response.ContentType = page ? "text/html; charset=utf-8" : "application/problem+json";
        var writer = response.BodyWriter;
        var span = writer.GetSpan(1024);
        var length = page ? Problem.WritePage(span, rejection) : Problem.WriteJson(span, text.JsonBefore, passage);
        response.ContentLength = length;
        writer.Advance(length);
        return Task.CompletedTask;
    }

    private static IHeaderDictionary Head(HttpResponse response, int status, KeyValuePair<string, StringValues>[] headers)
    {
        response.StatusCode = status;
        foreach (ref readonly var header in headers.AsSpan())
        {
            response.Headers[header.Key] = header.Value;
        }

        return response.Headers;
    }

    // The seconds that are told; 0: none.
    private int TellWhen(Passage passage, IHeaderDictionary headers, int seconds)
    {
        if (seconds <= 0)
        {
            return 0;
        }

        seconds = Spread(passage, passage.Quota.NotBefore(seconds));
        headers.RetryAfter = Number(seconds);
        passage.Returns?.Tell(passage.Client, seconds, time.GetTimestamp());
        return seconds;
    }

    // The same for the same client and second, a little later for the next: not all at once, and never earlier than it was computed.
    private static int Spread(Passage passage, int seconds)
    {
        return seconds + (int)((passage.Client.Mixed >> 33) % (ulong)Math.Clamp((seconds / 2) + 2, 2, 60));
    }

    private static string Number(long value) => value is >= 0 and <= 3600 ? Numbers[value] : value.ToString(CultureInfo.InvariantCulture);

    private static Task WriteBody(HttpResponse response, ReadOnlyMemory<byte> body)
    {
        if (body.Length <= AtOnce)
        {
            if (body.Length > 0)
            {
                response.BodyWriter.Write(body.Span);
            }

            return Task.CompletedTask;
        }

        return response.Body.WriteAsync(body, response.HttpContext.RequestAborted).AsTask();
    }
}
