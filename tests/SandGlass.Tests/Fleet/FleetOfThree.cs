using SandGlass.Testing;

namespace SandGlass.Tests.Fleet;

/// <summary>Three gateways and a Redis, second by second.</summary>
public abstract class FleetOfThree : IDisposable
{
    private readonly string _folder = TestFolder.New("fleet-");
    private TimeSpan _elapsed;
    private ulong _lastNode = 900;
    private string _policy = string.Empty;

    private protected FleetOfThree() => Redis = new(() => _elapsed);

    private protected FakeRedis Redis { get; }

    private protected List<FleetNode> Nodes { get; } = [];

    public void Dispose()
    {
        foreach (var node in Nodes.Where(static n => !n.IsDown))
        {
            node.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Starts them, with one plan.</summary>
    private protected void Start(string plan)
    {
        _policy = Policies.With(sections: $$"""
            "switches": {
              "a": { "routes": [ "r" ], "do": { "refuse": {} } },
              "b": { "routes": [ "r" ], "do": { "admit": 0 } }
            },
            "plans": { "p": { {{plan}} } },
            "alarms": { "loud": { "metric": "queue", "below": 1, "for": "0s" } },
            "event": { "start": "2026-11-11T01:00:00Z", "phases": { "peak": "0s", "steady": "30m" } }
            """);
        Nodes.AddRange(Enumerable.Range(0, 3).Select(i => new FleetNode(Path.Combine(_folder, $"{i}"), _policy, (ulong)(100 + (2 * i)), TimeSpan.Zero)));
        Pass(3);
    }

    /// <summary>Only its disk is left.</summary>
    private protected void Kill(int i)
    {
        Nodes[i].IsDown = true;
        Nodes[i].Dispose();
    }

    /// <summary>Another process with the same disk, which is not cut off.</summary>
    private protected void StartAgain(int i, TimeSpan wall = default, bool isCutOff = false) =>
        Nodes[i] = new(Path.Combine(_folder, $"{i}"), _policy, _lastNode += 2, _elapsed, wall) { IsCutOff = isCutOff };

    private protected void Cut(params int[] which)
    {
        foreach (var i in which)
        {
            Nodes[i].IsCutOff = true;
        }
    }

    private protected void Heal() => Nodes.ForEach(static n => n.IsCutOff = false);

    private protected void Pass(int seconds)
    {
        for (var second = 0; second < seconds; second++)
        {
            _elapsed += TimeSpan.FromSeconds(1);
            foreach (var node in Nodes.Where(static n => !n.IsDown))
            {
                node.Clock.Advance(TimeSpan.FromSeconds(1));
                node.Beat();
            }

            // Some turns a second.
            for (var turn = 0; turn < 3; turn++)
            {
                foreach (var node in Nodes.Where(static n => n is { IsDown: false, IsCutOff: false }))
                {
                    Redis.Call(node.State.Fleet.Share, node.Clock.GetTimestamp());
                }
            }
        }
    }
}
