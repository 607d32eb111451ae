using SandGlass.Algorithms;
using SandGlass.Request;

namespace SandGlass.Layers.Shed;

/// <summary>
/// A body is waited for before a permit is asked for its request. A client sends as slowly as its line, and a permit that it holds meanwhile is
/// nobody else's: four orders of 30 KB at 1 KB/s kept a backend of four permits to themselves for half a minute (docs/overload.md). Only bodies that
/// say how long they are, and are no longer than <see cref="Most"/>: others may be conversations, and go to the backend as they come.
/// What is here already, as nearly always, costs a look at Kestrel's buffer; what is not, arrays that grow with what has come, for bodies of
/// <see cref="MostInAll"/> together: who sends the last byte never would have all memory else, and who comes then goes to the backend as it comes.
/// </summary>
internal static class UploadWait
{
    /// <summary>The reason of a body that does not come, or not as it should; measured is the status.</summary>
    public const string Reason = "body";

    /// <summary>Bytes: orders, forms and comments are shorter, and an array of it is no large object.</summary>
    private const long Most = 64 << 10;

    /// <summary>Bytes that are waited for at once, as bodies say how long they are: a thousand of the longest.</summary>
    private const long MostInAll = 64 << 20;

    // Nobody gets memory for what he only says that he will send.
    private const int First = 4 << 10;

    // Of the whole process, as its memory is.
    private static long _awaited;

    /// <summary>Whether nothing has to be waited for.</summary>
    public static bool IsHere(Passage passage)
    {
        var request = passage.Http.Request;
        if (passage.HasBody || request.ContentLength is not (> 0 and <= Most))
        {
            return true;
        }

        try
        {
            var reader = request.BodyReader;
            if (!reader.TryRead(out var read))
            {
                return HasNoRoom(request);
            }

            // Looked at, not taken: whoever forwards it reads it from its beginning.
            reader.AdvanceTo(read.Buffer.Start);
            return read.Buffer.Length >= request.ContentLength || HasNoRoom(request);
        }
        catch (Exception broken) when (broken is IOException or OperationCanceledException)
        {
            // What is wrong is found out, and told, by whoever waits for it.
            return false;
        }
    }

    /// <summary>Reads it. What that takes is the client's doing and not of the time that the request has.</summary>
    public static async ValueTask<Verdict> ReadAsync(Passage passage, TimeProvider time)
    {
        var length = (int)passage.Http.Request.ContentLength!.Value;
        Interlocked.Add(ref _awaited, length);
        try
        {
            return await ReadAsync(passage, length, time).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Add(ref _awaited, -length);
        }
    }

    // Two at once may both find the last room.
    private static bool HasNoRoom(HttpRequest request) => Volatile.Read(ref _awaited) + request.ContentLength > MostInAll;

    private static async ValueTask<Verdict> ReadAsync(Passage passage, int length, TimeProvider time)
    {
        var (http, began) = (passage.Http, time.GetTimestamp());
        var body = new byte[Math.Min(length, First)];
        using var silence = new CancellationTokenSource(passage.Timeout, time);
        await using (http.RequestAborted.UnsafeRegister(static end => ((CancellationTokenSource)end!).Cancel(), silence).ConfigureAwait(false))
        {
            try
            {
                for (var have = 0; have < length;)
                {
                    if (have == body.Length)
                    {
                        Array.Resize(ref body, Math.Min(length, body.Length * 2));
                    }

                    var read = await http.Request.Body.ReadAsync(body.AsMemory(have), silence.Token).ConfigureAwait(false);
                    if (read == 0)
                    {
                        return Verdict.Refuse(Reasons.Abandoned, have, 0);
                    }

                    have += read;
                    silence.CancelAfter(passage.Timeout);
                }
            }
            catch (BadHttpRequestException bad) when (!bad.Message.StartsWith("Unexpected end of request", StringComparison.Ordinal))
            {
                return Verdict.Refuse(Reason, bad.StatusCode, 0);
            }
            catch (OperationCanceledException) when (silence.IsCancellationRequested && !passage.ClientLeft)
            {
                return Verdict.Refuse(Reason, StatusCodes.Status408RequestTimeout, 0);
            }
            catch (Exception left) when (left is IOException or OperationCanceledException)
            {
                return Verdict.Refuse(Reasons.Abandoned, 0, 0);
            }
        }

        passage.HoldBody(body);
        passage.DueFrom += time.GetTimestamp() - began;
        return Verdict.Admit;
    }
}
