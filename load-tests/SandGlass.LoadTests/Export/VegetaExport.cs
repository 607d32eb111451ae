using System.Text;
using SandGlass.LoadTests.Config;
using SandGlass.LoadTests.Planning;

namespace SandGlass.LoadTests.Export;

/// <summary>A shell script of vegeta attacks. Vegeta knows even rates of single requests: ramps become ten steps, journeys their first step, users nothing.</summary>
internal static class VegetaExport
{
    private const int Targets = 1_000;
    private const int Steps = 10;

    public static string Write(LoadConfig config, Action<string> lost)
    {
        var text = new StringBuilder("#!/bin/sh\nset -eu\nwork=$(mktemp -d)\ntrap 'rm -rf \"$work\"' EXIT\n");
        foreach (var (i, scenario) in config.Scenarios.Index())
        {
            if (scenario.Closed)
            {
                lost($"{scenario.Name}: a fixed number of users; vegeta has rates only");
                continue;
            }

            if (scenario.Steps.Count > 1)
            {
                lost($"{scenario.Name}: all steps but the first");
            }

            text.Append($"\ncat >\"$work/{i}\" <<'TARGETS'\n");
            for (var n = 0; n < Targets; n++)
            {
                Target(text, scenario, i, n);
            }

            text.Append("TARGETS\n(\n");
            double before = 0;
            foreach (var simulation in scenario.Simulations)
            {
                before = Attacks(text, i, simulation, before);
            }

            text.Append(") &\n");
        }

        return text.Append("wait\n").ToString();
    }

    private static void Target(StringBuilder text, Scenario scenario, int index, int number)
    {
        var dice = Dice.Of(1, index, number);
        var values = new string?[scenario.Values];
        for (var f = 0; f < scenario.Feeds.Count; f++)
        {
            values[f] = scenario.Feeds[f].Value(ref dice, number);
        }

        var step = scenario.Steps[0];
        text.Append($"{step.Method} {scenario.Target.GetLeftPart(UriPartial.Authority)}{step.Path.Render(values)}\n");
        foreach (var (name, value) in step.Headers)
        {
            text.Append($"{name}: {value.Render(values)}\n");
        }

        text.Append('\n');
    }

    private static double Attacks(StringBuilder text, int index, Simulation simulation, double before)
    {
        void Attack(double perSecond, TimeSpan during)
        {
            // vegeta takes 0 for "as fast as it can", so nothing is a pause.
            var perMinute = Math.Round(perSecond * 60);
            text.Append(perMinute > 0
                ? $"  vegeta attack -targets=\"$work/{index}\" -rate={perMinute:0}/1m -duration={during.TotalMilliseconds:0}ms | vegeta report\n"
                : $"  sleep {during.TotalSeconds:0.###}\n");
        }

        switch (simulation)
        {
            case Inject s:
                Attack(s.Rate / s.Interval.TotalSeconds, s.During);
                return s.Rate / s.Interval.TotalSeconds;
            case InjectRandom s:
                Attack((s.MinRate + s.MaxRate) / 2 / s.Interval.TotalSeconds, s.During);
                return (s.MinRate + s.MaxRate) / 2 / s.Interval.TotalSeconds;
            case IterationsForInject s:
                Attack(s.Rate / s.Interval.TotalSeconds, s.Interval * (s.Iterations / s.Rate));
                return 0;
            case RampingInject s:
                var last = s.Rate / s.Interval.TotalSeconds;
                for (var i = 0; i < Steps; i++)
                {
                    Attack(before + ((last - before) * (i + 0.5) / Steps), s.During / Steps);
                }

                return last;
            case Pause s:
                Attack(0, s.During);
                return 0;
            default:
                return before;
        }
    }
}
