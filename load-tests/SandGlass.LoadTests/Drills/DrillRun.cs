using SandGlass.LoadTests.Measuring;
using SandGlass.LoadTests.Planning;
using SandGlass.LoadTests.Processes;
using SandGlass.LoadTests.Reports;
using SandGlass.LoadTests.Running;

namespace SandGlass.LoadTests.Drills;

/// <summary>Runs a drill once, in real time: starts all, warms up, sends the load, lets happen what is to happen, and judges.</summary>
internal sealed class DrillRun(string policy, IReadOnlyList<Scenario> shoppers, string? redis, TimeProvider time, DrillProgress progress)
{
    private const int Seed = 1;
    private const double WarmUpRate = 20;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);

    /// <summary>One run; the processes are gone when it returns.</summary>
    public async Task<DrillRunResult> RunAsync(Drill drill, bool protect, bool again, CancellationToken cancel)
    {
        progress.Begin(drill, protect, again);
        await using var site = await DrillSite.StartAsync(policy, protect, drill.Redis ? redis : null, time, cancel);
        await site.DialAsync("all", drill.Shop, "{}", drill.Sessions, cancel);
        await WarmAsync(site, shoppers, time, cancel);

        var (counted, calls, cpu) = (await site.CountedAsync(cancel), await site.ShopCallsAsync(cancel), CpuTime.OfTree(site.GatewayId));
        List<Wished> wishes = [];
        var load = new Load([.. drill.Load.Select(s => s with { Target = site.Address })], Seed);
        var recorder = new Recorder(load.Scenarios, load.Seconds) { Watch = ended => Add(wishes, load, ended) };
        List<MarkReport> marks = [];
        var health = await DriveAsync(load, recorder, engine => PlayAsync(drill, site, engine, marks, cancel), (now, done) => progress.Show(now, done, wishes, recorder), time, cancel);

        var sent = recorder.Locked(() => recorder.Series.Moments.Sum(static m => m.Sent));
        var used = CpuTime.OfTree(site.GatewayId) - cpu;
        var all = await CountedAsync(site, counted + sent, cancel) - counted;
        var cost = new RunCost(sent, all, await site.ShopCallsAsync(cancel) - calls, used?.TotalSeconds, site.PeakBytes(), site.Ready.TotalSeconds, (await site.StopGatewayAsync()).TotalSeconds);
        return Result(drill, protect, load, recorder, health, wishes, marks, cost);
    }

    /// <summary>Sends what all shoppers send, for a while, so that nobody measures how code is compiled.</summary>
    public static async Task WarmAsync(DrillSite site, IReadOnlyList<Scenario> shoppers, TimeProvider time, CancellationToken cancel)
    {
        var warm = new Load(
            [.. shoppers.Where(static s => s.Steps.All(static step => step.Chain != Drill.Hostile)).Select(s => s with { Target = site.Address, Simulations = [new Inject(WarmUpRate, TimeSpan.FromSeconds(1), WarmUp)] })], Seed);
        await DriveAsync(warm, warm.Recorder(), static _ => Task.CompletedTask, static (_, _) => { }, time, cancel);
    }

    /// <summary>Drives a load to its end, and what else is to happen meanwhile.</summary>
    public static async Task<Health> DriveAsync(
        Load load, Recorder recorder, Func<Engine, Task> beside, Action<double, double> show, TimeProvider time, CancellationToken cancel)
    {
        using var transport = new HttpTransport();
        using var engine = load.Engine(time, transport, recorder, mostInFlight: 20_000);
        var health = new Health(time);
        var paced = new Pacer(engine, time).RunAsync();
        var other = beside(engine);
        try
        {
            while (!paced.IsCompleted)
            {
                await Task.WhenAny(paced, Task.Delay(TimeSpan.FromMilliseconds(50), time, CancellationToken.None));
                health.Probe();
                show(Math.Min(engine.Now, load.Seconds), load.Seconds);
                if (other.IsFaulted)
                {
                    break;
                }

                cancel.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            engine.Stop();
            await paced;
        }

        await other;
        return health;
    }

    private static void Add(List<Wished> wishes, Load load, Ended ended)
    {
        if (ended.Wish is { } wish)
        {
            var chain = load.Scenarios[ended.Scenario].Steps[ended.Step].Chain;
            wishes.Add(new(chain, wish.At, wish.Took, ended.Answer.Outcome.Good() && wish.Took <= Drill.Patience));
        }
    }

    private async Task PlayAsync(Drill drill, DrillSite site, Engine engine, List<MarkReport> marks, CancellationToken cancel)
    {
        foreach (var happens in drill.Timeline)
        {
            while (engine.Now < happens.At)
            {
                await Task.Delay(TimeSpan.FromSeconds(Math.Clamp(happens.At - engine.Now, 0.001, 0.2)), time, cancel);
                if (engine.Done)
                {
                    return;
                }
            }

            if (happens.Replica is { } replica)
            {
                await site.DialAsync(replica, drill.Shop, happens.Faults!, drill.Sessions, cancel);
            }

            switch (happens.Redis)
            {
                case "stop":
                    site.HaltRedis();
                    break;
                case "go":
                    site.ResumeRedis();
                    break;
            }

            marks.Add(new(engine.Now, happens.Say, happens.Say));
        }
    }

    // What clients gave up may still be under way in the gateway.
    private async Task<long> CountedAsync(DrillSite site, long expected, CancellationToken cancel)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            var counted = await site.CountedAsync(cancel);
            if (counted >= expected || time.GetElapsedTime(began) > TimeSpan.FromSeconds(2))
            {
                return counted;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), time, cancel);
        }
    }

    private static DrillRunResult Result(
        Drill drill, bool protect, Load load, Recorder recorder, Health health, List<Wished> wishes, List<MarkReport> marks, RunCost cost)
    {
        // When it really happened, a few milliseconds after it was to.
        double Really(double at, Func<IEnumerable<double>, double> choose) =>
            drill.Timeline.Zip(marks).Where(e => Math.Abs(e.First.At - at) < 1e-9).Select(static e => e.Second.At) is { } times && times.Any() ? choose(times) : at;
        var (began, ended) = (Really(drill.Fault.From, Enumerable.Min), Really(drill.Fault.To, Enumerable.Max));
        var report = ReportBuilder.Build(new("drills", drill.Name, "drill", default, load.Seconds, Seed, []), recorder, health, []);
        return new()
        {
            Protected = protect,
            Invalid = report.Invalid,
            Goals = DrillJudge.Judge(drill, wishes, began, ended, load.Seconds),
            FaultFrom = began,
            FaultTo = ended,
            Chains = Chains(wishes, load),
            CriticalP99 = [.. Enumerable.Range(0, (int)Math.Ceiling(load.Seconds * 2)).Select(i => DrillJudge.P99([.. wishes.Where(w => w.Chain == Drill.Critical && (int)(w.At * 2) == i)]) ?? 0)],
            Series = report.Series,
            Marks = marks,
            Cost = cost,
            Reasons = report.Reasons,
        };
    }

    // In time, which a report of any load knows nothing of.
    private static List<ChainReport> Chains(List<Wished> wishes, Load load)
    {
        var count = (int)Math.Ceiling(load.Seconds / Held.Bucket);
        return
        [
            .. wishes.GroupBy(static w => w.Chain).OrderBy(static g => g.Key == Drill.Critical ? 0 : g.Key == Drill.Hostile ? 2 : 1).ThenBy(static g => g.Key, StringComparer.Ordinal).Select(chain =>
            {
                var (asked, good) = (new long[count], new long[count]);
                foreach (var wish in chain)
                {
                    var at = Math.Clamp((int)(wish.At / Held.Bucket), 0, count - 1);
                    asked[at]++;
                    good[at] += wish.Good ? 1 : 0;
                }

                return new ChainReport(chain.Key, Held.Bucket, asked, good);
            }),
        ];
    }
}
