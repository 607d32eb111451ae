using System.Globalization;
using SandGlass.LoadTests.Commands;
using SandGlass.LoadTests.Measuring;
using SandGlass.LoadTests.Planning;
using SandGlass.LoadTests.Processes;
using SandGlass.LoadTests.Reports;
using SandGlass.LoadTests.Running;

namespace SandGlass.LoadTests.Drills;

/// <summary>The mission's ten aspects, each measured in this very run: out of the drills, and by a few measurements beside them.</summary>
internal sealed class Evaluation(string policy, IReadOnlyList<Scenario> shoppers, bool protect, TimeProvider time, DrillProgress progress)
{
    private const double Second = 1;
    private const double Capacity = 200;
    private const double SteadyRate = 1_000;
    private const int Turns = 3;
    private static readonly (string Name, double Part)[] Mix = [("order", 0.2), ("shipment", 0.2), ("search", 0.4), ("refund", 0.2)];

    // Without protection everybody gives up after a second and comes back on a connection of his own: 2,000 of them a second is more than a generator bears that shares two cores with gateway
    // and shop, and four times is as sure a fall.
    private int[] Times => [1, 2, protect ? 10 : 4];

    /// <summary>All of it; once more where the generator fell behind.</summary>
    public async Task<EvaluationMeasures> MeasureAsync(CancellationToken cancel)
    {
        progress.Begin("evaluation", again: false);
        var own = await TryAsync(cancel);
        if (own.Invalid.Count > 0)
        {
            progress.Begin("evaluation", again: true);
            own = await TryAsync(cancel);
        }

        return own;
    }

    private async Task<EvaluationMeasures> TryAsync(CancellationToken cancel)
    {
        await using var site = await DrillSite.StartAsync(policy, protect, null, time, cancel);
        await site.DialAsync("all", """{ "workers": 5, "serviceTimeMs": 50, "queue": 100000 }""", "{}", [], cancel);
        await DrillRun.WarmAsync(site, shoppers, time, cancel);
        var ladder = await SendAsync(Ladder(site.Address), cancel);

        // No work in the shop: what is left is what the way costs. The first time is for the compiler; then in turns, since the machine is not the same all the time.
        await site.DialAsync("all", """{ "serviceTimeMs": 0 }""", "{}", [], cancel);
        await SendAsync(Steady(site.Address, seconds: 4), cancel);
        TimeSpan? spent = TimeSpan.Zero;
        List<(Sent Direct, Sent Through)> turns = [];
        for (var i = 0; i < Turns; i++)
        {
            var direct = await SendAsync(Steady(site.Shop["a"], seconds: 2), cancel);
            var before = CpuTime.OfTree(site.GatewayId);
            turns.Add((direct, await SendAsync(Steady(site.Address, seconds: 2), cancel)));
            spent += CpuTime.OfTree(site.GatewayId) - before;
        }

        var (reload, thrown) = protect ? (await ReloadAsync(site, cancel), await SwitchAsync(site, cancel)) : ((TimeSpan?)null, (TimeSpan?)null);
        var peak = site.PeakBytes();
        var stop = await site.StopGatewayAsync();
        return new(
            Added(turns, 0.5), Added(turns, 0.99), spent / Math.Max(1, turns.Sum(static t => t.Through.Wishes.Count)), [.. Times.Select((times, rung) => (times, Rung(ladder.Wishes, rung)))],
            reload, thrown, peak, site.Ready, stop, [.. turns.SelectMany(static t => t.Direct.Invalid.Concat(t.Through.Invalid)).Distinct()], ladder.Invalid);
    }

    // The median of the turns.
    private static TimeSpan Added(List<(Sent Direct, Sent Through)> turns, double part) => turns.Select(t => Quantile(t.Through, part) - Quantile(t.Direct, part)).Order().ElementAt(turns.Count / 2);

    private static TimeSpan Quantile(Sent sent, double part)
    {
        var sorted = sent.Wishes.Where(static w => w.Good).Select(static w => w.Took).Order().ToArray();
        return sorted.Length == 0 ? TimeSpan.MaxValue / 4 : sorted[(int)LogLinearHistogram.Rank(sorted.Length, part) - 1];
    }

    /// <summary>Answered well a second on one rung, its first second left out.</summary>
    private static double Rung(IReadOnlyList<Wished> wishes, int rung) => wishes.Count(w => w.Good && w.At >= (rung * 4) + 1 && w.At < (rung + 1) * 4) / 3.0;

    // Orders, since nobody keeps them: each goes all the way.
    private Scenario[] Steady(Uri target, int seconds) => [With("order", target, new Inject(SteadyRate, TimeSpan.FromSeconds(Second), TimeSpan.FromSeconds(seconds)))];

    // Nothing that a cache could answer: what counts is what the shop itself gets done.
    private Scenario[] Ladder(Uri target) =>
    [
        .. Mix.Select(part => With(part.Name, target, [.. Times.Select(times => new Inject(Capacity * part.Part * times, TimeSpan.FromSeconds(Second), TimeSpan.FromSeconds(4)))])),
    ];

    private Scenario With(string name, Uri target, params Simulation[] simulations) =>
        (shoppers.FirstOrDefault(s => s.Name == name) ?? throw new UsageException($"setup/shoppers.json has no \"{name}\", which the evaluation needs")) with { Target = target, Simulations = simulations };

    private async Task<Sent> SendAsync(Scenario[] scenarios, CancellationToken cancel)
    {
        List<Wished> wishes = [];
        var load = new Load(scenarios, seed: 1);
        var recorder = new Recorder(load.Scenarios, load.Seconds)
        {
            Watch = ended =>
            {
                if (ended.Wish is { } wish)
                {
                    wishes.Add(new(string.Empty, wish.At, wish.Took, ended.Answer.Outcome.Good() && wish.Took <= Drill.Patience));
                }
            },
        };
        var health = await DrillRun.DriveAsync(load, recorder, static _ => Task.CompletedTask, (now, done) => progress.Show(now, done, wishes, recorder), time, cancel);
        return new(wishes, ReportBuilder.Build(new("drills", "evaluation", "drill", default, load.Seconds, 1, []), recorder, health, []).Invalid);
    }

    /// <summary>The slowest of five: from the moment that the file is written until another policy is in force.</summary>
    private async Task<TimeSpan?> ReloadAsync(DrillSite site, CancellationToken cancel)
    {
        var slowest = TimeSpan.Zero;
        var text = await File.ReadAllTextAsync(site.PolicyFile, cancel);
        for (var i = 0; i < 5; i++)
        {
            var before = await RevisionAsync(site, cancel);
            var began = time.GetTimestamp();
            await File.WriteAllTextAsync(site.PolicyFile, $"// {i.ToString(CultureInfo.InvariantCulture)}\n{text}", cancel);
            while (await RevisionAsync(site, cancel) == before)
            {
                if (time.GetElapsedTime(began) > TimeSpan.FromSeconds(10))
                {
                    return null;
                }

                await Task.Delay(TimeSpan.FromMilliseconds(2), time, cancel);
            }

            slowest = TimeSpan.FromTicks(Math.Max(slowest.Ticks, time.GetElapsedTime(began).Ticks));
        }

        return slowest;
    }

    private static async Task<string> RevisionAsync(DrillSite site, CancellationToken cancel) => (await site.AskAsync(HttpMethod.Get, "/api/status", null, cancel))["revision"]!.GetValue<string>();

    /// <summary>The slowest of ten: from the moment that a switch is asked for until a shopper meets it.</summary>
    private async Task<TimeSpan?> SwitchAsync(DrillSite site, CancellationToken cancel)
    {
        var slowest = TimeSpan.Zero;
        for (var i = 0; i < 10; i++)
        {
            var on = i % 2 == 0;
            var began = time.GetTimestamp();
            await site.AskAsync(HttpMethod.Put, "/api/switches/search-off", $$"""{ "on": {{(on ? "true" : "false")}}, "reason": "drill" }""", cancel);
            while (await site.GetAsync("/api/search?q=tea", cancel) == 503 != on)
            {
                if (time.GetElapsedTime(began) > TimeSpan.FromSeconds(5))
                {
                    return null;
                }
            }

            slowest = TimeSpan.FromTicks(Math.Max(slowest.Ticks, time.GetElapsedTime(began).Ticks));
        }

        return slowest;
    }

    private sealed record Sent(IReadOnlyList<Wished> Wishes, IReadOnlyList<string> Invalid);
}

/// <summary>What was measured beside the drills.</summary>
/// <param name="AddedP50">By the gateway, on an order that takes no time.</param>
/// <param name="AddedP99">The same, p99 against p99.</param>
/// <param name="CpuEach">Of the gateway, for a forwarded request.</param>
/// <param name="Rungs">Answered well a second, at so many times the capacity.</param>
/// <param name="Reload">Of a policy; null where it did not come into force, or there is no protection to change.</param>
/// <param name="Switch">Until a shopper meets it; null as before.</param>
/// <param name="PeakBytes">Of the gateway.</param>
/// <param name="Ready">From start.</param>
/// <param name="Stop">From SIGTERM.</param>
/// <param name="SteadyInvalid">Why what the gateway adds is no measurement.</param>
/// <param name="LadderInvalid">Why the rungs are none.</param>
internal sealed record EvaluationMeasures(
    TimeSpan AddedP50, TimeSpan AddedP99, TimeSpan? CpuEach, IReadOnlyList<(int Times, double Goodput)> Rungs, TimeSpan? Reload, TimeSpan? Switch, long? PeakBytes, TimeSpan Ready, TimeSpan Stop,
    IReadOnlyList<string> SteadyInvalid, IReadOnlyList<string> LadderInvalid)
{
    /// <summary>Both.</summary>
    public IReadOnlyList<string> Invalid => [.. SteadyInvalid.Concat(LadderInvalid).Distinct()];
}
