using SandGlass.LoadTests.Running;

namespace SandGlass.LoadTests.Commands;

/// <summary>How much each simulation will send, said before it does.</summary>
internal static class DryRun
{
    public static void Print(Load load, TextWriter output)
    {
        for (var i = 0; i < load.Scenarios.Count; i++)
        {
            var scenario = load.Scenarios[i];
            var steps = scenario.Steps.Count;
            output.WriteLine($"{scenario.Name} → {scenario.Target.GetLeftPart(UriPartial.Authority)}, HTTP/{scenario.Http.ToString(scenario.Http.Major == 2 ? 1 : 2)}, {Count(steps, "step")}");
            for (var j = 0; j < scenario.Simulations.Count; j++)
            {
                var simulation = scenario.Simulations[j];
                var much = load.Open[i] is { } open ? Journeys(open.Counts[j], steps)
                    : load.Closed[i] is { Iterations: { } iterations } ? Journeys(iterations, steps)
                    : simulation.Closed ? "as many as the users get through" : "nothing";
                output.WriteLine($"  {simulation.Json()}  {much}");
            }
        }

        if (load.Open.All(static o => o is not null))
        {
            var requests = load.Open.Select((o, i) => o!.Count * load.Scenarios[i].Steps.Count).Sum();
            output.WriteLine($"{Count(load.Planned, "journey")}, {Count(requests, "request")} at most, in {load.Seconds:0.###} s");
        }
    }

    private static string Journeys(long journeys, int steps) =>
        steps == 1 ? Count(journeys, "request") : $"{Count(journeys, "journey")}, {Count(journeys * steps, "request")} at most";

    private static string Count(long count, string what) => $"{count:N0} {what}{(count == 1 ? string.Empty : "s")}";
}
