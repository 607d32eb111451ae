using System.Globalization;
using System.Net.Sockets;

namespace SandGlass.DemoShop;

/// <summary>
/// What a request goes through before its handler: the queue, a worker for as long as the work takes, and the faults.
/// The worker is given back before the answer is written, so an event stream or a slow reader holds none.
/// </summary>
internal sealed class WorkLayer(ShopBackend backend, Dice dice, TimeProvider time, RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context) =>
        context.Request.Path.StartsWithSegments("/_shop") || context.Request.Path == "/healthz" ? next(context) : CountAsync(context);

    private async Task CountAsync(HttpContext context)
    {
        var arrived = time.GetTimestamp();
        var counters = backend.Counters;
        var status = 499;       // the client left first, unless we get to the end
        counters.Arrive();
        try
        {
            var state = backend.State;
            if (state.Idle)
            {
                counters.Answer(time.GetElapsedTime(arrived));
                await next(context);
            }
            else
            {
                await ServeAsync(context, state, arrived);
            }

            status = context.RequestAborted.IsCancellationRequested ? 499 : context.Response.StatusCode;
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
        }
        catch (BadHttpRequestException e)
        {
            status = e.StatusCode;
            throw;
        }
        finally
        {
            counters.End(status);
        }
    }

    private async Task ServeAsync(HttpContext context, FaultState state, long arrived)
    {
        var faults = state.Faults;
        if (dice.Says(faults.HangRatio))
        {
            backend.Counters.Hang();
            await Task.Delay(Timeout.InfiniteTimeSpan, time, context.RequestAborted);
        }

        bool worked;
        try
        {
            worked = !state.Works || await WorkAsync(context, state);
        }
        catch (SocketException)
        {
            backend.Counters.Error();
            await Reply.ProblemAsync(context, 500, "no-session", "the session store cannot be asked");
            return;
        }

        if (!worked)
        {
            backend.Counters.Answer(time.GetElapsedTime(arrived));
            context.Response.Headers.RetryAfter = "1";
            await Reply.ProblemAsync(context, 503, "overloaded", "every worker is busy and the queue is full");
            return;
        }

        if (faults.LatencyMs > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(faults.LatencyMs), time, context.RequestAborted);
        }

        backend.Counters.Answer(time.GetElapsedTime(arrived));
        await AnswerAsync(context, faults);
    }

    private async ValueTask<bool> WorkAsync(HttpContext context, FaultState state)
    {
        if (!await backend.Pool.EnterAsync(context.RequestAborted))
        {
            return false;
        }

        try
        {
            // A worker finishes what it began: it learns that the client has left only when it would answer.
            if (state.Sessions is { } sessions)
            {
                await sessions.AskAsync();
            }

            var request = context.Request;
            var items = double.TryParse(request.Query["size"], NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : 0;
            await Task.Delay(state.Work(dice, backend.Counters.InFlight, (request.ContentLength ?? 0) / 1024d, items), time);
            return true;
        }
        finally
        {
            backend.Pool.Leave();
        }
    }

    private async Task AnswerAsync(HttpContext context, Faults faults)
    {
        if (dice.Says(faults.ErrorRatio))
        {
            backend.Counters.Error();
            await Reply.ProblemAsync(context, 500, "fault", "an error, as ordered");
            return;
        }

        if (faults.Malformed != Malformation.None)
        {
            backend.Counters.Malform();
            if (!await Wire.MalformAsync(context, faults.Malformed, time))
            {
                return;
            }
        }

        await MisbehaveAsync(context, faults);
    }

    private async Task MisbehaveAsync(HttpContext context, Faults faults)
    {
        var cut = dice.Says(faults.ResetRatio);
        if (faults.BadContentLength)
        {
            context.Response.OnStarting(() =>
            {
                context.Response.ContentLength += 16;       // the server cuts the connection when the promise is not kept
                return Task.CompletedTask;
            });
        }

        if (cut || faults.SlowDripMs > 0)
        {
            context.Response.Body = new MisbehavingBody(context, TimeSpan.FromMilliseconds(faults.SlowDripMs), cut, time);
        }

        await next(context);
        if (cut)
        {
            backend.Counters.Reset();
            context.Abort();        // for answers without a body
        }
    }
}
