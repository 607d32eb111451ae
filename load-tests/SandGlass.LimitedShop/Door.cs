using System.Globalization;

namespace SandGlass.LimitedShop;

/// <summary>How the shop behaves towards who comes.</summary>
internal enum Mode
{
    /// <summary>It works.</summary>
    Ok,

    /// <summary>Nobody listens; connections there were are cut.</summary>
    Gone,

    /// <summary>It accepts and never answers.</summary>
    Hang,

    /// <summary>It answers 500 at once.</summary>
    Error,

    /// <summary>It says 300 bytes, sends half of them and resets the connection.</summary>
    Reset,

    /// <summary>It answers 200 without a length and breaks off amid the body.</summary>
    Half,
}

/// <summary>The shop's listener. Kestrel can only stop for good, so each opening is a server of its own on the same workers.</summary>
internal sealed class Door(string listen, Workers workers, bool tells, TimeProvider time) : IAsyncDisposable
{
    private static readonly byte[] Body = [.. "{\"sku\":\"sku-1\",\"text\":\""u8, .. Enumerable.Repeat((byte)'x', 273), .. "\"}"u8];

    private readonly SemaphoreSlim _turn = new(1);
    private WebApplication? _open;
    private volatile Mode _mode;

    /// <summary>As it is now.</summary>
    public Mode Mode => _mode;

    /// <summary>Behaves so from the moment this returns.</summary>
    public async Task SetAsync(Mode mode)
    {
        await _turn.WaitAsync();
        try
        {
            _mode = mode;
            if (mode == Mode.Gone)
            {
                await CloseAsync();
            }
            else if (_open is null)
            {
                _open = Build();
                await _open.StartAsync();
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await SetAsync(Mode.Gone);
        _turn.Dispose();
    }

    private async Task CloseAsync()
    {
        if (_open is not { } open)
        {
            return;
        }

        _open = null;
        try
        {
            // Cancelled before it begins: nobody is waited for.
            await open.StopAsync(new CancellationToken(canceled: true));
        }
        catch (OperationCanceledException)
        {
            // As asked.
        }

        await open.DisposeAsync();
    }

    private WebApplication Build()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(listen);
        builder.WebHost.ConfigureKestrel(static k => k.AddServerHeader = false);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        var app = builder.Build();
        app.Run(AnswerAsync);
        return app;
    }

    private async Task AnswerAsync(HttpContext http)
    {
        var response = http.Response;
        switch (_mode)
        {
            case Mode.Hang:
                await Task.Delay(Timeout.InfiniteTimeSpan, time, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return;
            case Mode.Error:
                response.StatusCode = StatusCodes.Status500InternalServerError;
                return;
            case Mode.Reset or Mode.Half:
                response.ContentType = "application/json";
                response.ContentLength = _mode == Mode.Reset ? Body.Length : null;
                await response.Body.WriteAsync(Body.AsMemory(0, Body.Length / 2));
                await response.Body.FlushAsync();
                http.Abort();
                return;
        }

        // A time that the client names: it knows what it should measure then. No worker is asked.
        if (http.Request.Query["take-ms"].FirstOrDefault() is { } named && int.TryParse(named, NumberStyles.None, CultureInfo.InvariantCulture, out var ms))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(ms), time, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await response.WriteAsync("ok");
            return;
        }

        if (http.Request.Path.Value == "/healthz")
        {
            await response.WriteAsync("ok");
            return;
        }

        if (await workers.WorkAsync(http.RequestAborted) is not { } waited)
        {
            response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        if (!http.RequestAborted.IsCancellationRequested)
        {
            response.ContentType = "application/json";
            response.ContentLength = Body.Length;
            if (tells)
            {
                response.Headers["Server-Timing"] = string.Create(CultureInfo.InvariantCulture, $"queue;dur={waited.TotalMilliseconds:F1}");
            }

            await response.Body.WriteAsync(Body);
        }
    }

    // A door that closes is no reason for the process to end, nor a signal one for the door.
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
