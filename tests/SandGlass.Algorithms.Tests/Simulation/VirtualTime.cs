namespace SandGlass.Algorithms.Tests.Simulation;

/// <summary>
/// Time that moves from event to event, on one thread. It is also a synchronization context: what awaits a gate's ticket goes on here, at the
/// very instant the ticket was served, so the gate runs as it is and every run with a seed is the same.
/// </summary>
internal sealed class VirtualTime : SynchronizationContext
{
    /// <summary>Ticks.</summary>
    public const long Second = 10_000_000;

    private readonly PriorityQueue<Action, (long At, long Order)> _events = new();
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _posted = new();
    private long _order;

    public long Now { get; private set; }

    public double Seconds => (double)Now / Second;

    public static long Ticks(double seconds) => (long)(seconds * Second);

    public void In(double seconds, Action action) => _events.Enqueue(action, (Now + Ticks(Math.Max(0, seconds)), _order++));

    public void Every(double seconds, Action action) => In(seconds, () =>
    {
        action();
        Every(seconds, action);
    });

    public override void Post(SendOrPostCallback d, object? state) => _posted.Enqueue((d, state));

    public void RunFor(double seconds)
    {
        SynchronizationContext? outer = Current;
        SetSynchronizationContext(this);
        try
        {
            long end = Now + Ticks(seconds);
            while (_events.TryPeek(out _, out (long At, long Order) next) && next.At <= end)
            {
                Now = next.At;
                _events.Dequeue()();
                while (_posted.TryDequeue(out (SendOrPostCallback Callback, object? State) posted))
                {
                    posted.Callback(posted.State);
                }
            }

            Now = end;
        }
        finally
        {
            SetSynchronizationContext(outer);
        }
    }
}
