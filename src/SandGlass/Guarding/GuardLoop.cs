namespace SandGlass.Guarding;

/// <summary>
/// Reads the machine each 100 ms and acts on it. A thread of its own: where the pool is starved, this is what must still run.
/// </summary>
internal sealed class GuardLoop : IAsyncDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(100);

    private readonly GuardState _state;
    private readonly IGuardReadings _readings;
    private readonly Func<GuardBounds> _bounds;
    private readonly Func<int> _connections;
    private readonly Action _closeIdle;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;
    private long _before;
    private bool _failed;

    /// <summary>Begins to watch.</summary>
    /// <param name="state">What it writes.</param>
    /// <param name="readings">What it reads.</param>
    /// <param name="bounds">What is too much, by the policy in force.</param>
    /// <param name="connections">Open connections.</param>
    /// <param name="closeIdle">Asks idle connections to close; called while the load is above the first mark.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Where a reading that fails is told, once.</param>
    public GuardLoop(
        GuardState state, IGuardReadings readings, Func<GuardBounds> bounds, Func<int> connections, Action closeIdle, TimeProvider time, ILogger log)
    {
        (_state, _readings, _bounds, _connections, _closeIdle, _time, _log) = (state, readings, bounds, connections, closeIdle, time, log);
        _before = time.GetTimestamp();
        _thread = new(Run) { IsBackground = true, Name = "SandGlass guard" };
        _thread.Start();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _stop.Set();
        _thread.Join();
        _stop.Dispose();
        return default;
    }

    private void Run()
    {
        while (!_stop.Wait(Beat))
        {
            try
            {
                var now = _time.GetTimestamp();
                _state.Take(
                    _readings.Read(_connections()), _bounds(), _time.GetElapsedTime(_before, now).TotalSeconds, _time.GetUtcNow().ToUnixTimeSeconds() / 3600);
                _before = now;
                if (_state.IsTight)
                {
                    _closeIdle();
                }
            }
            catch (Exception fault)
            {
                // A guard that cannot see must not take the gateway down with it.
                if (!_failed)
                {
                    _failed = true;
                    _log.LogError(fault, "The gateway cannot read how it is itself; it goes on with what it knows");
                }
            }
        }
    }
}
