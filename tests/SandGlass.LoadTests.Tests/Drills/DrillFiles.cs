using System.Text;
using SandGlass.LoadTests.Config;
using SandGlass.LoadTests.Drills;
using SandGlass.LoadTests.Planning;

namespace SandGlass.LoadTests.Tests.Drills;

/// <summary>Drills of few words, and those that are shipped.</summary>
internal static class DrillFiles
{
    public static DrillShelf Shelf => DrillShelf.Open(null);

    public static IReadOnlyList<Scenario> Shoppers => Shelf.Shoppers(TextWriter.Null);

    public const string Valid = """
        {
          "title": "t", "source": "s", "story": "st", "lesson": "l",
          "shop": { "workers": 4, "serviceTimeMs": 20, "queue": 1000 },
          "load": { "order": [ { "Inject": [30, "00:00:01", "00:00:03"] } ] },
          "fault": { "from": 0.5, "to": 2 },
          "timeline": [ { "at": 0.5, "say": "b fails", "replica": "b", "faults": { "errorRatio": 1 } }, { "at": 2, "say": "b is well", "replica": "b", "faults": {} } ],
          "goals": { "criticalGoodput": 0.9, "p99": 800, "protect": 1.2, "recover": 1 }
        }
        """;

    public static Drill? Read(string json, out IReadOnlyList<Finding> findings) => DrillReader.Read("x", Encoding.UTF8.GetBytes(json), Shoppers, out findings);
}
