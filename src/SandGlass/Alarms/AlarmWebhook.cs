using System.Net;
using System.Net.Http.Headers;
using System.Threading.Channels;

namespace SandGlass.Alarms;

/// <summary>
/// Posts alarms to the webhook, one after the other, in the order in which they came. Tries again with growing pauses, and gives one up after
/// <see cref="MostTries"/>; what waits is bounded, and when there is no room the oldest goes, since the newest is what is true. No request and
/// no alarm ever waits for it.
/// </summary>
public sealed class AlarmWebhook : IAsyncDisposable
{
    /// <summary>Alarms that wait, at most.</summary>
    public const int Capacity = 256;

    /// <summary>Attempts for one alarm: with pauses of 1, 2, 4 … 30 s about two minutes.</summary>
    public const int MostTries = 8;

    private static readonly TimeSpan TryLasts = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MostPause = TimeSpan.FromSeconds(30);

    private readonly Func<(WebhookPlan? Plan, string Gateway, string Address)> _where;
    private readonly HttpMessageInvoker _client;
    private readonly TimeProvider _time;
    private readonly Random _dice;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<AlarmStatus> _waiting;
    private readonly Task _loop;
    private long _sent;
    private long _retried;
    private long _failed;
    private long _dropped;

    /// <summary>Begins to wait for alarms.</summary>
    /// <param name="where">Where to, by the policy in force; the policy's name; and where operators find this gateway.</param>
    /// <param name="handler">Sends.</param>
    /// <param name="time">The clock.</param>
    /// <param name="seed">Seeds the spread of the pauses, so that a fleet does not knock in step.</param>
    /// <param name="log">Where an alarm that could not be told is told.</param>
    public AlarmWebhook(
        Func<(WebhookPlan? Plan, string Gateway, string Address)> where, HttpMessageHandler handler, TimeProvider time, int seed, ILogger log)
    {
        (_where, _client, _time, _dice, _log) = (where, new(handler), time, new(seed), log);
        _waiting = Channel.CreateBounded<AlarmStatus>(
            new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true }, _ => Interlocked.Increment(ref _dropped));
        _loop = Task.Run(RunAsync);
    }

    /// <summary>What became of alarms: told, tried again, given up, pushed out by newer ones.</summary>
    public (long Sent, long Retried, long Failed, long Dropped) Totals =>
        (Interlocked.Read(ref _sent), Interlocked.Read(ref _retried), Interlocked.Read(ref _failed), Interlocked.Read(ref _dropped));

    /// <summary>Alarms that wait.</summary>
    public int Waiting => _waiting.Reader.Count;

    /// <summary>What real alarms are sent through: no redirect, no proxy, no cookie.</summary>
    public static HttpMessageHandler Handler() => new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(2),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
    };

    /// <summary>Tells of an alarm, some time soon.</summary>
    public void Tell(AlarmStatus alarm)
    {
        ArgumentNullException.ThrowIfNull(alarm);
        if (_where().Plan is { } plan && alarm.Severity >= plan.Least)
        {
            _waiting.Writer.TryWrite(alarm);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _client.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            await foreach (var alarm in _waiting.Reader.ReadAllAsync(_stop.Token).ConfigureAwait(false))
            {
                await TellAsync(alarm).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The gateway stops.
        }
    }

    private async Task TellAsync(AlarmStatus alarm)
    {
        var now = _time.GetUtcNow();
        for (var tries = 1; ; tries++)
        {
            // Asked anew each time: who mends a wrong address by a reload shall get what waits.
            var (plan, gateway, address) = _where();
            if (plan is null)
            {
                Interlocked.Increment(ref _failed);
                return;
            }

            var (done, mayTryAgain, why) = await TryAsync(plan, AlertmanagerMessage.Write(alarm, gateway, address, now)).ConfigureAwait(false);
            if (done)
            {
                Interlocked.Increment(ref _sent);
                return;
            }

            if (!mayTryAgain || tries == MostTries)
            {
                Interlocked.Increment(ref _failed);
                _log.LogError("Alarm {Alarm} ({Position}) could not be told to the webhook: {Why}; look at alarmWebhook in the policy", alarm.Name, alarm.Position, why);
                return;
            }

            Interlocked.Increment(ref _retried);
            var pause = TimeSpan.FromSeconds(Math.Min(MostPause.TotalSeconds, Math.Pow(2, tries - 1)) * (0.5 + (_dice.NextDouble() / 2)));
            await Task.Delay(pause, _time, _stop.Token).ConfigureAwait(false);
        }
    }

    // Why never names the address: it may be a secret, and so may what an exception says of it.
    private async Task<(bool Done, bool MayTryAgain, string Why)> TryAsync(WebhookPlan plan, byte[] body)
    {
        using var late = new CancellationTokenSource(TryLasts, _time);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, late.Token);
        using var request = new HttpRequestMessage(HttpMethod.Post, plan.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("SandGlass", null));
        request.Headers.Authorization = plan.Token is { } token ? new("Bearer", token) : null;
        try
        {
            using var answer = await _client.SendAsync(request, enough.Token).ConfigureAwait(false);
            return (
                answer.IsSuccessStatusCode,
                (int)answer.StatusCode >= 500 || answer.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout,
                $"it answers {(int)answer.StatusCode}");
        }
        catch (HttpRequestException fault)
        {
            return (false, true, $"{fault.HttpRequestError}");
        }
        catch (OperationCanceledException) when (!_stop.IsCancellationRequested)
        {
            return (false, true, "no answer in time");
        }
    }
}
