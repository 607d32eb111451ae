using SandGlass.Algorithms.Rates;

namespace SandGlass.Fleet;

/// <summary>
/// The one loop that talks to Redis: at most ten times a second, one call for all limits and keys or one for all that is agreed on, one call under way. Requests neither wait
/// for it nor wake it. When Redis does not answer, it waits from 100 ms to 1 s and tries a new connection, and meanwhile each gateway has its share.
/// </summary>
public sealed class FleetLoop : IAsyncDisposable
{
    /// <summary>From one call to the next, at least.</summary>
    public static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(102);

    private static readonly TimeSpan Deadline = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ConnectDeadline = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly FleetState _state;
    private readonly Func<FleetPlan?> _plan;
    private readonly TimeProvider _time;
    private readonly FleetMemory? _memory;
    private readonly Random _dice;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly FleetCall _call;
    private readonly ShareCall _shareCall;
    private readonly Task _loop;
    private RedisLink? _link;
    private FleetSettings? _linked;
    private TimeSpan _pause = FirstPause;
    private bool _toldDown;
    private bool _toldRefused;
    private bool _toldUp;
    private bool _toldDisk;

    /// <summary>Begins.</summary>
    /// <param name="state">What is known.</param>
    /// <param name="plan">The policy in force.</param>
    /// <param name="time">The clock.</param>
    /// <param name="seed">Of the dice that keep gateways from calling in step.</param>
    /// <param name="log">Where Redis' troubles are told.</param>
    /// <param name="memory">Keeps the size of the fleet for the next start; null: nobody does.</param>
    public FleetLoop(FleetState state, Func<FleetPlan?> plan, TimeProvider time, int seed, ILogger log, FleetMemory? memory = null)
    {
        _memory = memory;
        if (plan() is { } first && memory is not null)
        {
            state.Members = memory.Read(first.Settings.Name);
        }

        (_state, _plan, _time, _dice, _log) = (state, plan, time, new Random(seed), log);
        _call = new(state, time, Deadline);
        _shareCall = new(state.Share, state, Deadline);
        _loop = Task.Run(LoopAsync);
    }

    /// <summary>Gives back what is leased and leaves the fleet, if Redis answers at once.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        if (_link is { IsLost: false } link && _plan() is { } plan)
        {
            try
            {
                await _shareCall.MakeAsync(link, plan.Settings, _call.RedisNow, leaves: true).ConfigureAwait(false);
                await _call.MakeAsync(link, plan, leaves: true).ConfigureAwait(false);
            }
            catch (Exception fault) when (fault is RedisTroubleException or IOException or UnauthorizedAccessException)
            {
                // The others notice within seconds, and what was leased is lost to them for as long as it lasts.
            }
        }

        _link?.Close();
        _stop.Dispose();
    }

    private async Task LoopAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var pause = Turn;
            try
            {
                if (_plan() is { } plan)
                {
                    // Who has called twice waits for twice as long.
                    pause *= Math.Max(1, await TurnAsync(plan).ConfigureAwait(false));
                    Up(plan.Settings);
                    _memory?.Keep(plan.Settings.Name, _state.Members);
                }
                else
                {
                    Leave();
                }
            }
            catch (RedisTroubleException trouble)
            {
                pause = Down(trouble.Message, trouble.IsRefusal);
            }
            catch (Exception defect)
            {
                // The loop must outlive its own faults.
                _log.LogError(defect, "A defect of SandGlass while talking to Redis");
                pause = Down("a defect of SandGlass");
            }

            try
            {
                await Task.Delay(pause + (_dice.NextDouble() * pause / 5), _time, _stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    // Returns how often it has called.
    private async Task<int> TurnAsync(FleetPlan plan)
    {
        if (_linked is not null && _linked != plan.Settings)
        {
            Leave();
        }

        if (_link is { IsLost: true })
        {
            throw new RedisTroubleException("the connection broke");
        }

        if (_link is null)
        {
            var address = plan.Settings.Address ?? throw new RedisTroubleException("fleet.redis points to a secret that is not there, or that is no connection");
            if (RedisLink.IsClosing)
            {
                throw new RedisTroubleException("earlier connections hang and are still being closed");
            }

            _link = await RedisLink.OpenAsync(address, ConnectDeadline, _time).ConfigureAwait(false);
            _linked = plan.Settings;
            await _call.ReadClockAsync(_link).ConfigureAwait(false);
            _state.Share.Begin();
            _link.Listen(ShareCall.Channel(plan.Settings), _state.Share.Want);
            _link.Listen(LeaseScript.NewsChannel(plan.Settings), _call.Prick);
        }

        var calls = await _call.MakeAsync(_link, plan, leaves: false).ConfigureAwait(false) ? 1 : 0;
        return _state.Share.IsWanted ? calls + await ShareAsync(_link, plan.Settings).ConfigureAwait(false) : calls;
    }

    // A disk that takes nothing is no trouble of Redis': limits go on, and what was heard is heard again.
    private async Task<int> ShareAsync(RedisLink link, FleetSettings settings)
    {
        try
        {
            await _shareCall.MakeAsync(link, settings, _call.RedisNow, leaves: false).ConfigureAwait(false);
            _toldDisk = false;
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException or OverflowException or InvalidOperationException and not ObjectDisposedException)
        {
            // What somebody has put there makes no sense in a way that nobody has thought of. The limits must not stop for that.
            _log.LogError("What Redis holds of switches and plans cannot be read ({Fault}); delete the hash {Key} there: the gateways tell it again", fault.Message, settings.Key("shared"));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            if (!_toldDisk)
            {
                _toldDisk = true;
                _log.LogError("What the fleet has changed cannot be kept in the state folder ({Fault}), so it is not in force here until it can", fault.Message);
            }
        }

        return 1;
    }

    private void Up(FleetSettings settings)
    {
        _pause = FirstPause;
        _state.Trouble = null;
        if (!_toldUp)
        {
            _log.LogInformation("Redis {Address} shares limits, switches and plans of the fleet {Fleet}", settings.Address, settings.Name);
        }

        (_toldUp, _toldDown, _toldRefused) = (true, false, false);
    }

    private TimeSpan Down(string why, bool isRefusal = false)
    {
        Leave();
        _state.Trouble = why;
        // Once until it is back, and once more if it then turns out that somebody has to do something; /api/status has the last reason.
        if (!_toldDown || (isRefusal && !_toldRefused))
        {
            (_toldUp, _toldDown, _toldRefused) = (false, true, isRefusal);
            _log.LogWarning("Redis of the fleet cannot be used: {Why}. Each fleet limit goes on here with its rate divided by {Members}, and switches thrown here stay here, until Redis is back", why, _state.Members);
        }

        var pause = _pause;
        _pause = TimeSpan.FromTicks(Math.Min(LongestPause.Ticks, _pause.Ticks * 2));
        return pause;
    }

    private void Leave()
    {
        _link?.Close();
        (_link, _linked) = (null, null);
    }
}
