using System.Globalization;
using SandGlass.Algorithms.Concurrency;

namespace SandGlass.Algorithms.Tests.Simulation;

/// <summary>A story for the limiter: three seconds at half of what the backend bears, then more, and at some time something happens to the backend.</summary>
internal sealed record Scenario
{
    /// <summary>Seconds of the surge.</summary>
    public double Surge { get; init; } = 14;

    /// <summary>Times what the backend bears at first.</summary>
    public double Load { get; init; } = 10;

    public int Workers { get; init; } = 32;

    /// <summary>Spread of the lognormal service times.</summary>
    public double Sigma { get; init; } = 0.6;

    /// <summary>The 99th percentile of an unhurried service, seconds.</summary>
    public double ServiceP99 => Mean * Math.Exp((2.3263 * Sigma) - (Sigma * Sigma / 2));

    /// <summary>Seconds a service takes on average.</summary>
    public double Mean => Backend.Mean * Scale;

    public int Gateways { get; init; } = 1;

    /// <summary>Whether the gateways tell each other of their limits, once a second.</summary>
    public bool Hints { get; init; }

    /// <summary>Whether the backend says with each answer how long the request waited there.</summary>
    public bool Tells { get; init; }

    /// <summary>Whether the last gateway begins only when <see cref="What"/> happens.</summary>
    public bool Joins { get; init; }

    /// <summary>How long the work is, and how long clients wait, times what they are usually (20 ms and a second).</summary>
    public double Scale { get; init; } = 1;

    /// <summary>Seconds after which clients leave, where that is not in proportion to the work.</summary>
    public double? Stays { get; init; }

    /// <summary>How often a client asks before it gives up.</summary>
    public int Attempts { get; init; } = 3;

    /// <summary>Seconds at half of what the backend bears, before the surge.</summary>
    public double WarmUp { get; init; } = 3;

    /// <summary>Seconds at half of what the backend bears after the surge; in the second half of them those count who were let in.</summary>
    public double Back { get; init; }

    /// <summary>Each class's work, in means.</summary>
    public double[] Weights { get; init; } = [1, 1, 1, 1];

    /// <summary>How much slower each request gets per request too many in the backend.</summary>
    public double Contention { get; init; }

    /// <summary>Seconds after the surge began at which <see cref="What"/> happens; settling counts from here.</summary>
    public double When { get; init; }

    public Action<Backend>? What { get; init; }

    /// <summary>Seconds later at which <see cref="Then"/> happens; settling counts from there if it is given.</summary>
    public double Later { get; init; }

    public Action<Backend>? Then { get; init; }

    /// <summary>What else happens to the backend, in seconds from the surge on.</summary>
    public IReadOnlyList<(double At, Action<Backend> What)> Course { get; init; } = [];

    /// <summary>Share of the workers that is left after it happened.</summary>
    public double Left { get; init; } = 1;

    /// <summary>How much slower each service is after it happened.</summary>
    public double Slowness { get; init; } = 1;

    /// <summary>Seconds after the event that do not count towards goodput and p99.</summary>
    public double Grace { get; init; } = 2;

    public ConcurrencyPlan Bounds { get; init; } = new(20, 2, 4096);

    private static IEnumerable<int> Routes => Enumerable.Range(0, Shoppers.Shares.Length);

    public Report Run(int seed, Action<string>? trace = null)
    {
        var time = new VirtualTime();
        var random = new Random(seed);
        var backend = new Backend(time, random, this);
        Gateway[] gateways = [.. Enumerable.Range(0, Gateways).Select(i => new Gateway(time, backend, i, this))];
        var shoppers = new Shoppers(time, random, gateways, this);
        shoppers.Asked -= Joins ? 1 : 0;
        if (Hints)
        {
            // As it goes through Redis: each tells and hears in one call a second, at its own time, so that what it hears is up to a second old.
            var told = new (LimitHint Hint, LearntBase[] Bases)?[Gateways];
            for (int i = 0; i < Gateways; i++)
            {
                int own = i;
                time.In((own + 1.0) / Gateways, () => Beat(own));
            }

            void Beat(int own)
            {
                time.In(1, () => Beat(own));
                told[own] = own < shoppers.Asked ? (gateways[own].Hint, [.. Routes.Select(gateways[own].BaseOf)]) : null;
                (LimitHint Hint, LearntBase[] Bases)[] others = [.. told.Where((one, other) => other != own && one is not null).Select(static one => one!.Value)];
                foreach (int route in Routes)
                {
                    if (LearntBase.Of(others.Select(one => one.Bases[route])) is { Known: > 0 } theirs)
                    {
                        gateways[own].Lend(route, theirs);
                    }
                }

                gateways[own].Hear(others.Select(static one => one.Hint));
            }
        }

        double capacity = Workers / Mean;
        shoppers.Rate = capacity / 2;
        if (trace is not null)
        {
            time.Every(0.05, () => trace(string.Create(CultureInfo.InvariantCulture, $"{time.Seconds - WarmUp,6:F2}  {string.Join(" | ", gateways.Select(static g => g.ToString()))}, critical lost {shoppers.CriticalRefused}")));
        }

        time.RunFor(WarmUp);
        foreach ((double at, Action<Backend> what) in Course)
        {
            time.In(at, () => what(backend));
        }

        int lostBefore = shoppers.CriticalRefused;
        shoppers.Rate = capacity * Load;
        time.RunFor(When);
        What?.Invoke(backend);
        shoppers.Asked = gateways.Length;
        time.RunFor(Later);
        Then?.Invoke(backend);
        double eventAt = time.Seconds;
        double[] limits = new double[Gateways];
        time.Every(0.1, () => limits = [.. limits.Zip(gateways, static (sum, g) => sum + g.Hint.Limit)]);
        time.RunFor(Surge - When - Later);
        Report report = Report.Of(shoppers.Served, this, eventAt, eventAt + Grace, time.Seconds);
        int lost = shoppers.CriticalRefused;
        double kept = 1;
        if (Back > 0)
        {
            shoppers.Rate = capacity / 2;
            time.RunFor(Back / 2);
            (int asked, int refused) = (shoppers.First, shoppers.FirstRefused);
            time.RunFor(Back / 2);
            kept = 1 - ((double)(shoppers.FirstRefused - refused) / (shoppers.First - asked));
        }

        return report with
        {
            Kept = kept,
            Fairness = Report.Jain(limits),
            CriticalLost = lost - lostBefore,
        };
    }
}
