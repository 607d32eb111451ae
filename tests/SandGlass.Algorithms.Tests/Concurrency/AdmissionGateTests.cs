using SandGlass.Algorithms.Concurrency;

namespace SandGlass.Algorithms.Tests.Concurrency;

public class AdmissionGateTests
{
    private static readonly GatePlan Plan = new(new ConcurrencyPlan(2, 1, 100), 3, 100);

    private readonly AdmissionGate _gate = new(new FixedLimit());

    private static GatePlan Limited(int limit) => Plan with { Limit = new ConcurrencyPlan(limit, 1, 100) };

    private void Fill(long now = 0)
    {
        while (_gate.InFlight < _gate.LimitNow(Plan))
        {
            Assert.True(_gate.TryEnter(Plan, 0, now, out GateTicket? ticket).Admitted);
            Assert.Null(ticket);
        }
    }

    private Pending Queue(int criticality, long now = 0) => new(Wait(criticality, now).WaitAsync());

    private GateTicket Wait(int criticality, long now = 0)
    {
        Assert.Equal(Verdict.Wait, _gate.TryEnter(Plan, criticality, now, out GateTicket? ticket));
        return ticket!;
    }

    [Fact]
    public void Admits_up_to_the_limit_then_lets_wait_then_refuses()
    {
        Fill();
        GateTicket[] tickets = [Wait(0), Wait(0), Wait(0)];
        Assert.Equal(Verdict.Refuse(Reasons.QueueFull, 3, 0), _gate.TryEnter(Plan, 0, 0, out GateTicket? none));
        Assert.Null(none);
        Assert.Equal((2, 3), (_gate.InFlight, _gate.Queued));
        Assert.All(tickets, ticket => Assert.False(new Pending(ticket.WaitAsync()).Ended));
    }

    [Fact]
    public void Admits_the_most_critical_first_and_the_longest_waiting_among_equals()
    {
        Fill();
        Pending low = Queue(0), first = Queue(5), second = Queue(5);
        _gate.Leave(Plan, 0, 10, Outcome.Success);
        Assert.True(first.Verdict.Admitted);
        Assert.False(second.Ended || low.Ended);
        _gate.Leave(Plan, 0, 10, Outcome.Success);
        Assert.True(second.Verdict.Admitted);
        _gate.Leave(Plan, 0, 10, Outcome.Success);
        Assert.True(low.Verdict.Admitted);
        Assert.Equal((2, 0), (_gate.InFlight, _gate.Queued));
    }

    [Fact]
    public void Pushes_the_newest_of_the_lowest_class_out_for_somebody_above_it()
    {
        Fill();
        Pending old = Queue(1), young = Queue(1), high = Queue(6);
        Pending higher = Queue(2);
        Assert.Equal(Verdict.Refuse(Reasons.PushedOut, 3, 0), young.Verdict);
        Assert.False(old.Ended || high.Ended || higher.Ended);
        Assert.Equal(Reasons.QueueFull, _gate.TryEnter(Plan, 1, 0, out _).Reason);
        Assert.Equal(3, _gate.Queued);
    }

    [Theory]
    [InlineData(-4, 0)]
    [InlineData(99, 7)]
    public void Takes_a_criticality_beyond_the_ends_for_the_nearest(int given, int counted)
    {
        Fill();
        Wait(given);
        Assert.Equal(counted, Wait(given).Criticality);
    }

    [Theory]
    [InlineData(99, false)]
    [InlineData(100, true)]
    [InlineData(150, true)]
    public void Ends_a_wait_that_takes_too_long(long now, bool ended)
    {
        Fill();
        Pending wait = Queue(3);
        _gate.Expire(Plan, now);
        Assert.Equal(ended, wait.Ended);
        if (ended)
        {
            Assert.Equal(Verdict.Refuse(Reasons.QueueTimeout, now, 0), wait.Verdict);
        }

        Assert.Equal((2, ended ? 0 : 1), (_gate.InFlight, _gate.Queued));
    }

    [Fact]
    public void Gives_no_permit_and_no_room_to_those_whose_time_is_over()
    {
        Fill();
        Pending late = Queue(3), alsoLate = Queue(3), fresh = Queue(0, 50);
        Pending newcomer = Queue(0, 100);
        Assert.Equal((Reasons.QueueTimeout, Reasons.QueueTimeout), (late.Verdict.Reason, alsoLate.Verdict.Reason));
        _gate.Leave(Plan, 0, 120, Outcome.Success);
        Assert.True(fresh.Verdict.Admitted);
        Assert.False(newcomer.Ended);
    }

    [Fact]
    public void Wakes_waiters_when_the_limit_has_grown()
    {
        Fill();
        Pending[] waits = [Queue(0), Queue(1), Queue(2)];
        _gate.Expire(Limited(4), 10);
        Assert.Equal([false, true, true], waits.Select(wait => wait.Ended));
        Assert.Equal((4, 1), (_gate.InFlight, _gate.Queued));
    }

    [Fact]
    public void Serves_waiters_before_a_newcomer_when_the_limit_has_grown()
    {
        Fill();
        Pending wait = Queue(0);
        Assert.Equal(Verdict.Wait, _gate.TryEnter(Limited(3), 7, 10, out GateTicket? ticket));
        Assert.True(wait.Verdict.Admitted);
        Assert.NotNull(ticket);
    }

    [Fact]
    public void Hands_nothing_out_while_a_shrunken_limit_is_exceeded()
    {
        Fill();
        Pending wait = Queue(0);
        _gate.Leave(Limited(1), 0, 10, Outcome.Success);
        Assert.False(wait.Ended);
        _gate.Leave(Limited(1), 0, 10, Outcome.Success);
        Assert.True(wait.Verdict.Admitted);
        Assert.Equal(1, _gate.InFlight);
    }

    [Fact]
    public void Lets_nobody_wait_without_a_queue()
    {
        Fill();
        Assert.Equal(Reasons.QueueFull, _gate.TryEnter(Plan with { QueueCapacity = 0 }, 7, 0, out _).Reason);
        Assert.Equal(Reasons.QueueFull, _gate.TryEnter(Plan with { QueueCapacity = -1 }, 7, 0, out _).Reason);
    }

    [Fact]
    public void Lets_a_client_leave_the_queue_but_not_a_verdict()
    {
        Fill();
        GateTicket gone = Wait(5), served = Wait(0);
        Pending goneWait = new(gone.WaitAsync()), servedWait = new(served.WaitAsync());
        Assert.True(gone.Abandon());
        Assert.False(gone.Abandon());
        Assert.Equal(Reasons.Abandoned, goneWait.Verdict.Reason);
        _gate.Leave(Plan, 0, 10, Outcome.Success);
        Assert.False(served.Abandon());
        Assert.True(servedWait.Verdict.Admitted);
        Assert.Equal((2, 0), (_gate.InFlight, _gate.Queued));
    }

    [Fact]
    public void Says_how_long_the_queue_would_take_once_it_has_seen_it_drain()
    {
        Fill();
        for (long now = 10; now <= 400; now += 10)
        {
            Wait(0, now - 10);
            _gate.Leave(Plan, 0, now, Outcome.Success);
        }

        Wait(0, 400);
        Wait(0, 400);
        Wait(0, 400);
        Assert.Equal(Verdict.Refuse(Reasons.QueueFull, 3, 40), _gate.TryEnter(Plan, 0, 400, out _));
        Assert.Equal(Verdict.Refuse(Reasons.QueueFull, 3, 160), _gate.TryEnter(Plan, 0, 480, out _));
    }

    [Fact]
    public void Tells_the_limit_how_every_permit_ended()
    {
        var limit = new RecordingLimit();
        var gate = new AdmissionGate(limit);
        gate.TryEnter(Plan, 0, 5, out _);
        gate.TryEnter(Plan, 0, 6, out _);
        gate.Leave(Plan, 5, 25, Outcome.Failure);
        gate.Leave(Plan, 6, 30, Outcome.Ignored);
        Assert.Equal([(25, 20, 2, Outcome.Failure), (30, 24, 1, Outcome.Ignored)], limit.Samples);
    }

    [Fact]
    public void Uses_a_ticket_again_once_its_wait_is_over_and_it_was_disposed()
    {
        Fill();
        GateTicket first = Wait(0);
        var wait = new Pending(first.WaitAsync());
        _gate.Leave(Plan, 0, 10, Outcome.Success);
        first.Dispose();
        GateTicket second = Wait(0);
        Assert.NotSame(first, second);
        Assert.True(wait.Verdict.Admitted);
        first.Dispose();
        first.Dispose();
        GateTicket third = Wait(0);
        Assert.Same(first, third);
        Assert.NotSame(first, Wait(0));
        var again = new Pending(third.WaitAsync());
        third.Dispose();
        Assert.Equal(Reasons.Abandoned, again.Verdict.Reason);
    }

    [Fact]
    public void Allocates_nothing_on_the_way_through_nor_for_a_wait_from_the_pool()
    {
        Assert.Equal(0, Allocations.Of(() =>
        {
            _gate.TryEnter(Plan, 3, 0, out _);
            _gate.Leave(Plan, 0, 1, Outcome.Success);
        }));
        Fill();
        Assert.Equal(0, Allocations.Of(() =>
        {
            _gate.TryEnter(Plan, 3, 0, out GateTicket? ticket);
            _gate.Leave(Plan, 0, 1, Outcome.Success);
            Read(ticket!.WaitAsync());
            ticket.Dispose();
        }));
    }

    private static void Read(ValueTask<Verdict> wait)
    {
        Assert.True(wait.IsCompleted);
        Assert.True(wait.Result.Admitted);
    }

    private sealed class RecordingLimit : IConcurrencyLimit
    {
        public List<(long Now, long RoundTrip, int InFlight, Outcome Outcome)> Samples { get; } = [];

        public int Current(in ConcurrencyPlan plan) => plan.Initial;

        public void Sample(in ConcurrencyPlan plan, long now, long roundTrip, int inFlight, Outcome outcome) =>
            Samples.Add((now, roundTrip, inFlight, outcome));
    }
}
