using SandGlass.LoadTests.Measuring;
using SandGlass.LoadTests.Planning;
using SandGlass.LoadTests.Processes;
using SandGlass.LoadTests.Running;

namespace SandGlass.LoadTests.Comparing;

/// <summary>How a comparison is made.</summary>
/// <param name="Capacity">Requests a second that the shop bears.</param>
/// <param name="ServiceMs">What one takes in the mean, in milliseconds.</param>
/// <param name="PatienceMs">After which a client leaves, in milliseconds.</param>
/// <param name="Seconds">Measured in each cell.</param>
/// <param name="WarmUpSeconds">At half the capacity, before each.</param>
/// <param name="Seed">Of arrivals and of the work.</param>
internal sealed record TrialPlan(double Capacity, int ServiceMs, int PatienceMs, double Seconds, double WarmUpSeconds, int Seed)
{
    public int Workers => Math.Max(1, (int)Math.Round(Capacity * ServiceMs / 1000));
}

/// <summary>
/// Measures one cell: a new shop, a new peer, half of the capacity until connections, caches and code are warm, then all at once the load. The step
/// belongs to the measurement: a sale begins so.
/// </summary>
internal sealed class Trial(TrialPlan plan, TimeProvider time)
{
    private const double WarmUpTimes = 0.5;
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(20);

    /// <param name="peer">Who.</param>
    /// <param name="times">Of the capacity.</param>
    /// <param name="round">From 1; each has arrivals and work of its own, the same for all peers.</param>
    /// <param name="folder">For the peer's files; made.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task<Cell> RunAsync(Peer peer, double times, int round, string folder, CancellationToken cancel)
    {
        // Each program in a folder of its own, below the peer's: some watch the one that they are started in, and nginx as root takes its caches from an unprivileged user.
        var nothing = Directory.CreateDirectory(Path.Combine(folder, "nothing")).FullName;
        await using var shop = await Shop.OpenAsync(plan.Workers, plan.ServiceMs, plan.Seed + round, nothing, time, cancel);
        var ports = FreePort.Take(2);
        var setting = new Setting(folder, $"127.0.0.1:{ports[0]}", ports[1], shop.Address, plan.Workers, plan.ServiceMs, plan.PatienceMs);
        var file = Path.Combine(folder, peer.File ?? "none");
        if (peer.File is not null)
        {
            await File.WriteAllTextAsync(file, peer.Configure(setting), cancel);
        }

        await using var child = Child.Start(peer.Name, peer.Command(setting, file), nothing, time);
        await child.AnswersAsync($"http://{setting.Listen}/api/products/sku-0", StartPatience, cancel);
        var target = new Uri($"http://{setting.Listen}");
        using var transport = new HttpTransport();
        if (plan.WarmUpSeconds > 0)
        {
            await SendAsync(Load(target, WarmUpTimes, plan.WarmUpSeconds, plan.Seed - 1), transport, cancel);
        }

        var (work, cpu) = (await shop.WorkAsync(cancel), CpuTime.OfTree(child.Id));
        var (recorder, health) = await SendAsync(Load(target, times, plan.Seconds, plan.Seed + round), transport, cancel);
        var (worked, used) = (await shop.WorkAsync(cancel), CpuTime.OfTree(child.Id));
        IReadOnlyList<string> gone = child.Ended ? [$"{peer.Name} ended amid the measurement"] : [];
        return Judge(peer, times, round, recorder, [.. gone, .. Verdict.Reasons(recorder.Late, recorder.Starts, recorder.Dropped, health.DelayP99)], worked.Done - work.Done, worked.Wasted - work.Wasted, used - cpu);
    }

    private Load Load(Uri target, double times, double seconds, int seed) =>
        new(Mix.At(target, times * plan.Capacity, seconds, TimeSpan.FromMilliseconds(plan.PatienceMs)), seed);

    private async Task<(Recorder Recorder, Health Health)> SendAsync(Load load, HttpTransport transport, CancellationToken cancel)
    {
        var recorder = load.Recorder();
        using var engine = load.Engine(time, transport, recorder, mostInFlight: 20_000);
        var health = new Health(time);
        var paced = new Pacer(engine, time).RunAsync();
        while (!paced.IsCompleted)
        {
            await Task.WhenAny(paced, Task.Delay(Beat, time, CancellationToken.None));
            health.Probe();
            if (cancel.IsCancellationRequested)
            {
                engine.Stop();
            }
        }

        await paced;
        cancel.ThrowIfCancellationRequested();
        return (recorder, health);
    }

    private Cell Judge(Peer peer, double times, int round, Recorder recorder, IReadOnlyList<string> invalid, long done, long wasted, TimeSpan? cpu)
    {
        IReadOnlyList<Part> kinds = [.. recorder.Scenarios.Select((s, i) => new Part(s.Name, recorder.Count(i, null, static _ => true), recorder.Count(i, null, Outcomes.Good)))];
        Part Of(string name, IReadOnlyList<string> scenarios) =>
            new(name, kinds.Where(k => scenarios.Contains(k.Name)).Sum(static k => k.Sent), kinds.Where(k => scenarios.Contains(k.Name)).Sum(static k => k.Good));
        LogLinearHistogram Latency(Func<Scenario, bool> which)
        {
            var sum = new LogLinearHistogram();
            foreach (var (i, _) in recorder.Scenarios.Index().Where(s => which(s.Item)))
            {
                sum.Add(recorder.Sum(i, null, Outcomes.Good).FromPlan);
            }

            return sum;
        }

        var (all, paying) = (Latency(static _ => true), Latency(static s => Mix.Chains[0].Scenarios.Contains(s.Name)));
        var sent = kinds.Sum(static k => k.Sent);
        return new(
            peer.Name, times, round, plan.Seconds, invalid, [.. Mix.Chains.Select(c => Of(c.Chain, c.Scenarios))], Of(Mix.Order, [Mix.Order]), all.Quantile(0.5).TotalMilliseconds,
            all.Quantile(0.99).TotalMilliseconds, paying.Quantile(0.99).TotalMilliseconds, done, wasted, cpu is { } used && sent > 0 ? used.TotalMicroseconds / sent : null,
            Outcomes.All.ToDictionary(Outcomes.Name, o => recorder.Scenarios.Index().Sum(s => recorder.Count(s.Index, null, x => x == o))));
    }
}
