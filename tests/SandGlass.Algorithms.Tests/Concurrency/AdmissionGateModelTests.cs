using SandGlass.Algorithms.Concurrency;

namespace SandGlass.Algorithms.Tests.Concurrency;

/// <summary>The gate against a list of waiters that is searched anew for every decision, through random operations; then under threads.</summary>
public class AdmissionGateModelTests
{
    private sealed class Waiter(ValueTask<Verdict> wait, GateTicket ticket, int level, long since, long until)
    {
        public Task<Verdict> Wait { get; } = wait.AsTask();

        public GateTicket Ticket { get; } = ticket;

        public int Level { get; } = level;

        public long Since { get; } = since;

        public long Until { get; } = until;
    }

    private sealed class Model
    {
        public int InFlight, Limit;
        public long MaxWait;
        public List<Waiter> Waiters = [];

        public void Serve(long now)
        {
            // Who shall wait less than those before it of its level ends with them, or when it is its turn.
            while (Waiters.GroupBy(waiter => waiter.Level).Select(level => level.First()).FirstOrDefault(waiter => now >= waiter.Until) is { } late)
            {
                EndWith([late], Reasons.QueueTimeout);
            }

            while (InFlight < Limit && Waiters.Count > 0)
            {
                InFlight++;
                EndWith([Waiters.MaxBy(waiter => waiter.Level)!], string.Empty);
            }
        }

        public void EndWith(IEnumerable<Waiter> ended, string reason)
        {
            foreach (Waiter waiter in ended.ToArray())
            {
                Waiters.Remove(waiter);
                Assert.True(waiter.Wait.Wait(TimeSpan.FromSeconds(10)), "it still waits");
                Assert.Equal(reason, waiter.Wait.Result.Reason);
                Assert.Equal(reason.Length == 0, waiter.Wait.Result.Admitted);
                if (waiter.Since % 2 == 0)
                {
                    waiter.Ticket.Dispose();
                }
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Does_what_a_slow_list_would_do(int seed)
    {
        var random = new Random(seed);
        var gate = new AdmissionGate(new FixedLimit());
        var model = new Model { Limit = 3, MaxWait = 40 };
        int maxLimit = 3, capacity = 5, admitted = 0, refused = 0;
        long now = -1000;
        for (int step = 0; step < 20_000; step++)
        {
            now += random.Next(4);
            var plan = new GatePlan(new ConcurrencyPlan(model.Limit, 1, 100), capacity, model.MaxWait);
            switch (random.Next(20))
            {
                case < 9:
                    var ask = new GateAsk(random.Next(8), random.Next(2) == 0, random.Next(3), random.Next(2) == 0);
                    Verdict verdict = gate.TryEnter(plan, ask, now, out GateTicket? ticket);
                    Enter(verdict, ticket, ask.Level(withinShare: true));
                    break;
                case < 16 when gate.InFlight > 0:
                    gate.Leave(plan, now, now, Outcome.Success);
                    model.InFlight--;
                    if (model.Waiters.Count > 0)
                    {
                        model.Serve(now);
                    }

                    break;
                case 16 when model.Waiters.Count > 0:
                    Waiter gone = model.Waiters[random.Next(model.Waiters.Count)];
                    Assert.True(gone.Ticket.Abandon());
                    model.EndWith([gone], Reasons.Abandoned);
                    break;
                case 17:
                    model.Limit = random.Next(1, 8);
                    maxLimit = Math.Max(maxLimit, model.Limit);
                    gate.Expire(plan with { Limit = new ConcurrencyPlan(model.Limit, 1, 100) }, now);
                    model.Serve(now);
                    break;
                case 18:
                    capacity = random.Next(0, 8);
                    model.MaxWait = model.Waiters.Count == 0 ? random.Next(5, 60) : model.MaxWait;
                    break;
                case 19:
                    gate.Expire(plan, now);
                    model.Serve(now);
                    break;
                default:
                    break;
            }

            Assert.Equal((model.InFlight, model.Waiters.Count), (gate.InFlight, gate.Queued));
            Assert.InRange(gate.InFlight, 0, maxLimit);
            Assert.True(gate.Queued == 0 || gate.InFlight >= model.Limit);
            Assert.All(model.Waiters, waiter => Assert.False(waiter.Wait.IsCompleted));
        }

        Assert.True(admitted > 1000 && refused > 500, $"{admitted} admitted, {refused} refused");
        var last = new GatePlan(new ConcurrencyPlan(100, 1, 100), 0, 1000);
        gate.Expire(last, now);
        for (int left = gate.InFlight; left > 0; left--)
        {
            gate.Leave(last, now, now, Outcome.Success);
        }

        Assert.Equal((0, 0), (gate.InFlight, gate.Queued));

        void Enter(Verdict verdict, GateTicket? ticket, int level)
        {
            Waiter? newcomer = ticket is null ? null : new Waiter(ticket.WaitAsync(), ticket, level, now, now + model.MaxWait);
            if (model.Waiters.Count > 0 || model.InFlight >= model.Limit)
            {
                model.Serve(now);
            }

            if (model.Waiters.Count == 0 && model.InFlight < model.Limit)
            {
                Assert.True(verdict.Admitted);
                model.InFlight++;
                admitted++;
                return;
            }

            while (model.Waiters.Count >= capacity)
            {
                Waiter? least = model.Waiters.AsEnumerable().Reverse().MinBy(waiter => waiter.Level);
                if (least is null || least.Level >= level)
                {
                    Assert.Equal(Reasons.QueueFull, verdict.Reason);
                    refused++;
                    return;
                }

                model.EndWith([least], Reasons.PushedOut);
            }

            Assert.Equal(Verdict.Wait, verdict);
            model.Waiters.Add(newcomer!);
        }
    }

    [Fact]
    public async Task Leaks_no_permit_and_forgets_no_waiter_under_threads()
    {
        var gate = new AdmissionGate(new FixedLimit());
        var plan = new GatePlan(new ConcurrencyPlan(3, 1, 100), 6, long.MaxValue);
        int inside = 0, most = 0, admitted = 0, ended = 0;

        async Task Client(int seed)
        {
            var random = new Random(seed);
            for (int i = 0; i < 3000; i++)
            {
                Verdict verdict = gate.TryEnter(plan, random.Next(8), i, out GateTicket? ticket);
                if (ticket is not null)
                {
                    ValueTask<Verdict> wait = ticket.WaitAsync();
                    if (random.Next(4) == 0)
                    {
                        ticket.Abandon();
                    }

                    verdict = await wait;
                    ticket.Dispose();
                }

                if (verdict.Admitted)
                {
                    int now = Interlocked.Increment(ref inside);
                    InterlockedMax(ref most, now);
                    Interlocked.Increment(ref admitted);
                    if (random.Next(3) == 0)
                    {
                        await Task.Yield();
                    }

                    Interlocked.Decrement(ref inside);
                    gate.Leave(plan, i, i + 1, Outcome.Success);
                }

                Interlocked.Increment(ref ended);
            }
        }

        await Task.WhenAll(Enumerable.Range(0, 16).Select(seed => Task.Run(() => Client(seed)))).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal((0, 0, 16 * 3000), (gate.InFlight, gate.Queued, ended));
        Assert.InRange(most, 1, 3);
        Assert.True(admitted > 3000);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (int seen = most; seen < value;)
        {
            int was = Interlocked.CompareExchange(ref most, value, seen);
            if (was == seen)
            {
                return;
            }

            seen = was;
        }
    }
}
