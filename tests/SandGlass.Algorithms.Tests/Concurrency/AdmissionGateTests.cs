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
        Assert.Equal(counted, Wait(given).Class);
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
    public void Tells_the_refused_to_come_back_when_what_was_refused_before_them_could_be_done()
    {
        var gate = new AdmissionGate(new RecordingLimit { Throughput = 10 });
        GatePlan plan = Plan with { TicksPerSecond = 1000, QueueCapacity = 0 };
        Assert.True(gate.TryEnter(plan, 0, 0, out _).Admitted && gate.TryEnter(plan, 0, 0, out _).Admitted);

        Verdict[] low = [.. Enumerable.Range(0, 50).Select(i => gate.TryEnter(plan, 1, i, out _))];
        Verdict high = gate.TryEnter(plan, 5, 60, out _);

        // A second at least; fifty at ten a second take five; who is more critical does not wait for them.
        Assert.Equal((1000, 5000, 1000), (low[0].RetryAfter, low[^1].RetryAfter, high.RetryAfter));
        // Half a second into the next, this one and half of the 51 before; long after, nobody.
        Assert.Equal(2650, gate.TryEnter(plan, 1, 1500, out _).RetryAfter);
        Assert.Equal(1000, gate.TryEnter(plan, 1, 9000, out _).RetryAfter);
    }

    [Fact]
    public void Lets_who_is_in_a_session_go_first_then_the_higher_cohort_then_first_attempts()
    {
        Fill();
        GatePlan plan = Plan with { QueueCapacity = 8 };
        Pending retry = Line(new(3, IsRetry: true)), first = Line(new(3)), cohort = Line(new(3, Cohort: 1, IsRetry: true));
        Pending session = Line(new(3, InSession: true, IsRetry: true)), above = Line(new(4, IsRetry: true));

        foreach (Pending next in (Pending[])[above, session, cohort, first, retry])
        {
            Assert.False(next.Ended);
            _gate.Leave(plan, 0, 10, Outcome.Success);
            Assert.True(next.Verdict.Admitted);
        }

        Pending Line(GateAsk ask)
        {
            Assert.Equal(Verdict.Wait, _gate.TryEnter(plan, ask, 0, out GateTicket? ticket));
            return new(ticket!.WaitAsync());
        }
    }

    [Fact]
    public void Pushes_a_newcomer_to_the_shop_out_before_who_is_at_the_till()
    {
        Fill();
        Pending session = Line(new(3, InSession: true)), stranger = Line(new(3, Cohort: 7)), other = Line(new(3));

        Line(new(3, Cohort: 3));

        Assert.Equal(Reasons.PushedOut, other.Verdict.Reason);
        Assert.False(session.Ended || stranger.Ended);
        Assert.Equal(Reasons.QueueFull, _gate.TryEnter(Plan, new GateAsk(3, Cohort: 3), 0, out _).Reason);

        Pending Line(GateAsk ask)
        {
            Assert.Equal(Verdict.Wait, _gate.TryEnter(Plan, ask, 0, out GateTicket? ticket));
            return new(ticket!.WaitAsync());
        }
    }

    [Fact]
    public void Lets_the_highest_class_wait_longer_and_in_more_room()
    {
        Fill();
        GatePlan plan = Plan with { PatientFrom = 3, Patience = 200 };
        Pending[] low = [Line(2), Line(2), Line(2)];
        Pending[] high = [.. Enumerable.Range(0, 6).Select(_ => Line(3))];

        Assert.All(low, wait => Assert.Equal(Reasons.PushedOut, wait.Verdict.Reason));
        Assert.Equal(Reasons.QueueFull, _gate.TryEnter(plan, 3, 0, out _).Reason);
        _gate.Expire(plan, 199);
        Assert.All(high, wait => Assert.False(wait.Ended));
        _gate.Expire(plan, 200);
        Assert.All(high, wait => Assert.Equal(Reasons.QueueTimeout, wait.Verdict.Reason));

        Pending Line(int criticality)
        {
            Assert.Equal(Verdict.Wait, _gate.TryEnter(plan, criticality, 0, out GateTicket? ticket));
            return new(ticket!.WaitAsync());
        }
    }

    [Theory]
    [InlineData(1000, 0, 200)]
    [InlineData(5, 0, 400)]
    [InlineData(1, 0, 800)]
    [InlineData(1000, 1200, 300)]
    public void Lets_the_highest_class_wait_for_two_permits_where_they_come_seldom_or_a_quarter_of_a_long_round_trip(double throughput, double roundTrip, long expected)
    {
        var gate = new AdmissionGate(new SlowLimit { Throughput = throughput, RoundTrip = roundTrip });
        GatePlan plan = Plan with { PatientFrom = 3, Patience = 200, TicksPerSecond = 1000 };
        Assert.True(gate.TryEnter(plan, 0, 0, out _).Admitted);
        Pending low = Line(gate, plan, new GateAsk(2), 0), lost = Line(gate, plan, new GateAsk(3), 0);
        gate.Expire(plan, 10_000);
        Assert.True(low.Ended && lost.Ended);

        // One was lost just now, so nothing is bridged.
        Pending high = Line(gate, plan, new GateAsk(3), 10_000);
        gate.Expire(plan, 10_000 + expected - 1);
        Assert.False(high.Ended);
        gate.Expire(plan, 10_000 + expected);
        Assert.Equal(Reasons.QueueTimeout, high.Verdict.Reason);
    }

    [Fact]
    public void Takes_first_who_of_the_highest_class_has_waited_longer_than_usual_to_bridge_what_passes()
    {
        var gate = new AdmissionGate(new SlowLimit());
        GatePlan plan = Bridging;
        Assert.True(gate.TryEnter(plan, 0, 0, out _).Admitted);
        Pending early = Line(gate, plan, new GateAsk(3, Cohort: 0), 0), late = Line(gate, plan, new GateAsk(3, Cohort: 7), 100), other = Line(gate, plan, new GateAsk(3, Cohort: 7), 100);

        gate.Leave(plan, 0, 250, Outcome.Success);
        Assert.Equal((false, true), (early.Ended, late.Verdict.Admitted));
        gate.Leave(plan, 0, 251, Outcome.Success);
        Assert.Equal((true, false), (early.Ended, other.Ended));
        Assert.True(early.Verdict.Admitted);
    }

    [Fact]
    public void Takes_the_highest_cohort_first_again_once_one_was_lost()
    {
        var gate = new AdmissionGate(new SlowLimit());
        GatePlan plan = Bridging;
        Assert.True(gate.TryEnter(plan, 0, 0, out _).Admitted);
        // They may wait four times their time, in which 10 a second are 6; in the usual 250 ms there is room for 7.
        Pending[] early = [.. Enumerable.Range(0, 7).Select(_ => Line(gate, plan, new GateAsk(3, Cohort: 0), 0))];
        Pending late = Line(gate, plan, new GateAsk(3, Cohort: 7), 100);
        Assert.Equal(Reasons.PushedOut, early[^1].Verdict.Reason);

        gate.Leave(plan, 0, 260, Outcome.Success);
        Assert.Equal((false, true), (early[0].Ended, late.Verdict.Admitted));
    }

    [Fact]
    public void Holds_a_deadline_against_nobody_and_lets_the_dead_take_no_place()
    {
        var gate = new AdmissionGate(new SlowLimit());
        GatePlan plan = Bridging;
        Assert.True(gate.TryEnter(plan, 0, 0, out _).Admitted);
        Pending dying = Line(gate, plan, new GateAsk(3, Cohort: 0, Deadline: 300), 0), early = Line(gate, plan, new GateAsk(3, Cohort: 0), 0), late = Line(gate, plan, new GateAsk(3, Cohort: 7), 320);
        Assert.Equal(Reasons.Deadline, gate.TryEnter(plan, new GateAsk(3, Deadline: 320), 320, out GateTicket? none).Reason);
        Assert.Null(none);

        gate.Expire(plan, 330);
        Assert.Equal(Reasons.Deadline, dying.Verdict.Reason);
        gate.Leave(plan, 0, 340, Outcome.Success);
        Assert.Equal((true, false), (early.Ended, late.Ended));
    }

    [Fact]
    public void Takes_who_is_within_its_chains_share_before_who_has_waited_longer_above_it()
    {
        var gate = new AdmissionGate(new SlowLimit());
        ChainLoad above = new(), within = new();
        GatePlan plan = Bridging with { Chains = [new ChainShare(above, 0.5, 0), new ChainShare(within, 0.5, 0)] };
        Assert.True(gate.TryEnter(plan, new GateAsk(3, Chain: above), 0, out _).Admitted);
        Pending longer = Line(gate, plan, new GateAsk(3, Chain: above), 0), shorter = Line(gate, plan, new GateAsk(3, Chain: within), 10);

        gate.Leave(plan, 0, 200, Outcome.Success, chain: above);
        Assert.Equal((false, true), (longer.Ended, shorter.Ended));
    }

    [Fact]
    public void A_chain_borrows_as_much_as_it_may_and_the_rest_stays_for_the_others()
    {
        ChainLoad reports = new(), orders = new();
        GatePlan plan = Limited(10) with { Chains = [new ChainShare(reports, 0.2, 0, Most: 0.5), new ChainShare(orders, 0.5, 0)] };
        for (int i = 0; i < 5; i++)
        {
            Assert.True(_gate.TryEnter(plan, new GateAsk(0, Chain: reports), 0, out _).Admitted);
        }

        Assert.Equal(Verdict.Wait, _gate.Peek(plan, new GateAsk(0, Chain: reports), 0));
        Pending waiting = Line(_gate, plan, new GateAsk(0, Chain: reports), 0);
        for (int i = 0; i < 5; i++)
        {
            Assert.True(_gate.TryEnter(plan, new GateAsk(0, Chain: orders), 0, out _).Admitted);
        }

        _gate.Leave(plan, 0, 1, Outcome.Success, chain: orders);
        Assert.False(waiting.Ended);
        _gate.Leave(plan, 0, 2, Outcome.Success, chain: reports);
        Assert.True(waiting.Ended && waiting.Verdict.Admitted);
        Assert.Equal((9, 5, 4), (_gate.InFlight, reports.InFlight, orders.InFlight));
    }

    [Fact]
    public void A_chain_without_a_share_that_may_borrow_nothing_has_one_permit()
    {
        ChainLoad reports = new();
        GatePlan plan = Limited(10) with { Chains = [new ChainShare(reports, 0, 0, Most: 0), new ChainShare(new(), 0.5, 0)] };

        Assert.True(_gate.TryEnter(plan, new GateAsk(0, Chain: reports), 0, out _).Admitted);
        Assert.Equal(Verdict.Wait, _gate.TryEnter(plan, new GateAsk(0, Chain: reports), 0, out _));
    }

    private static readonly GatePlan Bridging = Plan with { PatientFrom = 3, Patience = 150, TicksPerSecond = 1_000 };

    private static Pending Line(AdmissionGate gate, in GatePlan plan, in GateAsk ask, long now)
    {
        Assert.Equal(Verdict.Wait, gate.TryEnter(plan, ask, now, out GateTicket? ticket));
        return new(ticket!.WaitAsync());
    }

    // One permit; round trips so long that the highest class usually waits a quarter of one, 250 ms, and four times its own time to bridge what passes.
    private sealed class SlowLimit : IConcurrencyLimit
    {
        public double Throughput { get; init; } = 10;

        public double RoundTrip { get; init; } = 1_000;

        public int Current(in ConcurrencyPlan plan) => 1;

        public void Sample(in ConcurrencyPlan plan, long now, long roundTrip, int inFlight, Outcome outcome)
        {
        }
    }

    [Fact]
    public void Drops_work_that_is_dead_before_its_turn()
    {
        Fill();
        Assert.Equal(Verdict.Wait, _gate.TryEnter(Plan, new GateAsk(5, Deadline: 30), 0, out GateTicket? dead));
        Pending alive = Queue(0), wait = new(dead!.WaitAsync());

        _gate.Leave(Plan, 0, 30, Outcome.Success);

        Assert.Equal(Verdict.Refuse(Reasons.Deadline, 30, 0), wait.Verdict);
        Assert.True(alive.Verdict.Admitted);
    }

    [Theory]
    [InlineData(0.05, 5)]
    [InlineData(0, 0)]
    public void Lets_a_starving_class_have_its_floor_and_no_more(double floor, int served)
    {
        GatePlan plan = Plan with { Limit = new ConcurrencyPlan(1, 1, 100), QueueCapacity = 2, Floor = floor };
        Assert.True(_gate.TryEnter(plan, 7, 0, out _).Admitted);
        List<Pending> low = [], high = [];
        for (int turn = 0; turn < 105; turn++)
        {
            // More of the high class than can be served, and one of the low class each time.
            Line(high, 7, turn);
            Line(high, 7, turn);
            Line(low, 0, turn);
            _gate.Leave(plan, turn, turn, Outcome.Success);
        }

        Assert.Equal((served, 105 - served), (low.Count(Admitted), high.Count(Admitted)));

        void Line(List<Pending> of, int criticality, long now)
        {
            if (_gate.TryEnter(plan, criticality, now, out GateTicket? ticket).Kind == VerdictKind.Wait)
            {
                of.Add(new(ticket!.WaitAsync()));
            }
        }

        static bool Admitted(Pending wait) => wait.Ended && wait.Verdict.Admitted;
    }

    [Fact]
    public void Keeps_free_what_a_chain_does_not_lend_and_gives_it_to_that_chain_at_once()
    {
        ChainLoad shop = new(), till = new();
        GatePlan plan = Plan with { Limit = new ConcurrencyPlan(8, 1, 100), QueueCapacity = 8, Chains = [new(till, 0.5, 0.25), new(shop, 0.5, 0)] };

        int borrowed = 0;
        while (_gate.TryPass(plan, shop))
        {
            borrowed++;
        }

        Assert.Equal(6, borrowed);
        Assert.Equal(Verdict.Wait, _gate.TryEnter(plan, new GateAsk(5, Chain: shop), 0, out _));
        // Somebody waits, and yet there is room for whom it is kept.
        Assert.True(_gate.TryEnter(plan, new GateAsk(0, Chain: till), 0, out _).Admitted);
        Assert.True(_gate.TryEnter(plan, new GateAsk(0, Chain: till), 0, out _).Admitted);
        Assert.Equal((8, 6, 2, 1), (_gate.InFlight, shop.InFlight, till.InFlight, _gate.Queued));
    }

    [Fact]
    public void Serves_among_equals_whose_chain_is_within_its_share_before_who_has_borrowed()
    {
        ChainLoad shop = new(), till = new();
        GatePlan plan = Plan with { Limit = new ConcurrencyPlan(4, 1, 100), QueueCapacity = 8, Chains = [new(till, 0.5, 0), new(shop, 0.5, 0)] };
        while (_gate.TryPass(plan, shop))
        {
        }

        Assert.Equal(4, shop.InFlight);
        _gate.TryEnter(plan, new GateAsk(3, InSession: true, Chain: shop), 0, out GateTicket? borrower);
        _gate.TryEnter(plan, new GateAsk(3, Chain: till), 0, out GateTicket? owner);
        Pending borrowing = new(borrower!.WaitAsync()), owning = new(owner!.WaitAsync());

        _gate.Leave(plan, 0, 10, Outcome.Success, 0, shop);

        Assert.True(owning.Verdict.Admitted);
        Assert.False(borrowing.Ended);
        Assert.Equal((3, 1), (shop.InFlight, till.InFlight));
    }

    [Fact]
    public void Passes_over_a_waiter_whose_chain_may_not_have_what_is_free()
    {
        ChainLoad shop = new(), till = new();
        GatePlan plan = Plan with { Limit = new ConcurrencyPlan(4, 1, 100), QueueCapacity = 8, Chains = [new(till, 0.5, 0.5), new(shop, 0.5, 0)] };
        Assert.True(_gate.TryPass(plan, till) && _gate.TryPass(plan, till) && _gate.TryPass(plan, shop) && _gate.TryPass(plan, shop));
        _gate.TryEnter(plan, new GateAsk(6, Chain: shop), 0, out GateTicket? high);
        _gate.TryEnter(plan, new GateAsk(1, Chain: till), 0, out GateTicket? low);
        Pending blocked = new(high!.WaitAsync()), kept = new(low!.WaitAsync());

        _gate.Leave(plan, 0, 10, Outcome.Success, 0, till);

        Assert.True(kept.Verdict.Admitted);
        Assert.False(blocked.Ended);
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

    [Theory]
    [InlineData(0.5, 6)]
    [InlineData(1, 10)]
    public void Who_waits_for_more_than_its_chain_may_borrow_says_nothing_of_the_limit(double most, int seen)
    {
        var limit = new RecordingLimit();
        var gate = new AdmissionGate(limit);
        ChainLoad reports = new(), orders = new();
        GatePlan plan = Limited(10) with { Chains = [new ChainShare(reports, 0.5, 0, most), new ChainShare(orders, 0.5, 0.5)] };
        Assert.True(gate.TryEnter(plan, new GateAsk(0, Chain: orders), 0, out _).Admitted);
        for (int i = 0; i < 5; i++)
        {
            Assert.True(gate.TryEnter(plan, new GateAsk(0, Chain: reports), 0, out _).Admitted);
        }

        Pending waiting = Line(gate, plan, new GateAsk(0, Chain: reports), 0);
        gate.Leave(plan, 0, 9, Outcome.Success, chain: orders);

        Assert.False(waiting.Ended);
        Assert.Equal(seen, limit.Samples[^1].InFlight);
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

        public double Throughput { get; init; }

        public int Current(in ConcurrencyPlan plan) => plan.Initial;

        public void Sample(in ConcurrencyPlan plan, long now, long roundTrip, int inFlight, Outcome outcome) =>
            Samples.Add((now, roundTrip, inFlight, outcome));
    }
}
