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
    private readonly double _stays;
    private readonly bool _leaves;
    private readonly bool _told;
    private readonly long _since;

    public Gateway(VirtualTime time, Backend backend, int index, Scenario scenario)
    {
        (_time, _backend, _bounds, _stays, _told) = (time, backend, scenario.Bounds, scenario.Stays ?? (Shoppers.Patience * scenario.Scale), scenario.Tells);
        _leaves = scenario.Stays is not null;
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
    public LimitHint Hint => _limit.Hint(_bounds, Now);

    /// <summary>Takes what the others tell.</summary>
    public void Hear(IEnumerable<LimitHint> others) => _limit.Advise(LimitAdvice.Of(Hint, others), _bounds, Now);

    /// <summary>What it has learnt of a route, and by how many round trips.</summary>
    public LearntBase BaseOf(int route) => _limit.OwnBase(route);

    /// <summary>Takes what the others have learnt of a route.</summary>
    public void Lend(int route, in LearntBase theirs) => _limit.LendBase(route, theirs);

    /// <summary>Ends with what was done for the client, in worker-seconds, after a second at the latest. A refusal is 0 at once, and an answer nobody waits for is 0.</summary>
    public async void Enter(GateAsk ask, int route, double weight, Action<double> ended)
    {
        long leaves = long.MaxValue;
        if (_leaves)
        {
            // As a route's time-out does, a little before the client has gone.
            long patience = VirtualTime.Ticks(0.8 * _stays);
            leaves = Now + patience;
            ask = ask with { Deadline = leaves - _limit.TimeFor(route, patience) };
        }

        Verdict verdict = _gate.TryEnter(Plan, ask, Now, out GateTicket? ticket);
        if (ticket is not null)
        {
            verdict = await ticket.WaitAsync();
            ticket.Dispose();
        }

        if (!verdict.Admitted)
        {
            ended(0);
            return;
        }

        long began = Now;
        bool over = false;
        _backend.Take(weight, End);
        _time.In(_leaves ? (leaves - Now) / (double)VirtualTime.Second : _stays, () => End(Outcome.Failure, 0, 0));

        void End(Outcome outcome, double waited, double work)
        {
            if (over)
            {
                return;
            }

            // Late answers find nobody: their work is wasted.
            over = true;
            _gate.Leave(Plan, began, Now, outcome, route, queued: _told ? VirtualTime.Ticks(waited) : -1);
            ended(outcome == Outcome.Success ? work : 0);
        }
    }
}
