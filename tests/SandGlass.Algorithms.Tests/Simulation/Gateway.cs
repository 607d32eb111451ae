using System.Globalization;
using SandGlass.Algorithms.Concurrency;

namespace SandGlass.Algorithms.Tests.Simulation;

/// <summary>One gateway before the backend: the gate and the limit of src, with a monotonic clock of its own and a wall clock that is a little off.</summary>
internal sealed class Gateway
{
    private const double MaxWait = 0.05, CriticalWait = 0.15;

    private readonly VirtualTime _time;
    private readonly Backend _backend;
    private readonly AdaptiveLimit _limit = new(VirtualTime.Second);
    private readonly AdmissionGate _gate;
    private readonly ConcurrencyPlan _bounds;
    private readonly double _scale;
    private readonly bool _told;
    private readonly long _since;

    public Gateway(VirtualTime time, Backend backend, int index, Scenario scenario)
    {
        (_time, _backend, _bounds, _scale, _told) = (time, backend, scenario.Bounds, scenario.Scale, scenario.Tells);
        _gate = new AdmissionGate(_limit);
        _since = VirtualTime.Ticks(1234.567 * index);
        _limit.Align(Now, _time.Now + VirtualTime.Ticks(3000.0) + VirtualTime.Ticks(0.004 * index));
        time.Every(0.005, () => _gate.Expire(Plan, Now));
    }

    private long Now => _time.Now + _since;

    // What comes through in 30 ms may wait, and 8 at least.
    private GatePlan Plan => new(_bounds, 8, VirtualTime.Ticks(MaxWait)) { PatientFrom = 3, Patience = VirtualTime.Ticks(CriticalWait), QueueSeconds = 0.03, Floor = 0.0025, TicksPerSecond = VirtualTime.Second };

    public override string ToString()
    {
        LimitStatus status = _limit.Status(_bounds);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"limit {status.Limit}, R {status.Ratio:F2}, {status.Throughput:F0}/s, base {1000 * _limit.BaseOf(0) / VirtualTime.Second:F1} ms, {status.Phase} ({status.Reason})");
    }

    /// <summary>What it tells the others.</summary>
    public LimitHint Hint => _limit.Hint(_bounds);

    /// <summary>Takes what the others tell.</summary>
    public void Hear(IEnumerable<LimitHint> others) => _limit.Advise(LimitAdvice.Of(Hint, others), _bounds, Now);

    /// <summary>Ends with what the client sees, after a second at the latest. A refusal is false at once.</summary>
    public async void Enter(GateAsk ask, int route, double weight, Action<bool> ended)
    {
        Verdict verdict = _gate.TryEnter(Plan, ask, Now, out GateTicket? ticket);
        if (ticket is not null)
        {
            verdict = await ticket.WaitAsync();
            ticket.Dispose();
        }

        if (!verdict.Admitted)
        {
            ended(false);
            return;
        }

        long began = Now;
        bool over = false;
        _backend.Take(weight, End);
        _time.In(Shoppers.Patience * _scale, () => End(Outcome.Failure, 0));

        void End(Outcome outcome, double waited)
        {
            if (over)
            {
                return;
            }

            // Late answers find nobody: their work is wasted.
            over = true;
            _gate.Leave(Plan, began, Now, outcome, route, queued: _told ? VirtualTime.Ticks(waited) : -1);
            ended(outcome == Outcome.Success);
        }
    }
}
