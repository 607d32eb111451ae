using System.Globalization;

namespace SandGlass.OverloadProbe;

/// <summary>One who comes: asks, tries again where the plan says so, and goes on to the next step of a journey where there is one.</summary>
internal sealed class Visitor(Plan plan, Asker asker, Series series, TimeProvider time, long began)
{
    private readonly (HttpMethod Method, Uri Url)[][][] _steps =
    [
        .. plan.Targets.Select(target => plan.Chains.Select(chain => chain.Steps.Select(step => Parse(target, step)).ToArray()).ToArray()),
    ];

    /// <summary>The whole visit; never throws.</summary>
    public async Task VisitAsync(Arrival arrival)
    {
        var dice = new Random(arrival.Seed);
        var client = string.Create(CultureInfo.InvariantCulture, $"11.{dice.Next(250)}.{dice.Next(250)}.{1 + dice.Next(250)}");
        var target = dice.Next(plan.Targets.Length);
        var steps = _steps[target][arrival.Chain];
        var cookies = steps.Length > 1 ? new Dictionary<string, string>(StringComparer.Ordinal) : null;
        var due = arrival.At;
        for (var step = 0; step < steps.Length; step++)
        {
            if (step > 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(plan.ThinkMs * Exponential(dice)), time);
                due = Now();
                target = dice.Next(plan.Targets.Length);
                steps = _steps[target][arrival.Chain];
            }

            series.Came(due, arrival.Chain);
            if (!await StepAsync(steps[step], arrival.Chain, target, due, client, cookies, dice))
            {
                return;
            }

            series.Kept(due, arrival.Chain);
        }

        if (steps.Length > 1)
        {
            series.Completed(Now());
        }
    }

    private async Task<bool> StepAsync(
        (HttpMethod Method, Uri Url) step, int chain, int target, double due, string client, Dictionary<string, string>? cookies, Random dice)
    {
        for (var attempt = 0; ; attempt++)
        {
            var from = attempt == 0 ? due : Now();
            var until = began + (long)((from + (plan.PatienceMs / 1000)) * time.TimestampFrequency);
            var answer = await asker.AskAsync(step.Url, step.Method, client, cookies, until);
            var at = Now();
            series.Ended(at, chain, target, answer.End, at - from);
            if (answer.End == End.Good || attempt == plan.Chains[chain].Retries)
            {
                return answer.End == End.Good;
            }

            var pause = answer.RetryAfter is { } said && dice.NextDouble() < plan.Obey ? said
                : plan.AtOnce ? TimeSpan.Zero
                : TimeSpan.FromSeconds(0.1 * (1 << attempt) * (0.5 + dice.NextDouble()));
            if (pause > TimeSpan.Zero)
            {
                await Task.Delay(pause, time);
            }
        }
    }

    private double Now() => time.GetElapsedTime(began).TotalSeconds;

    private static double Exponential(Random dice) => -Math.Log(1 - dice.NextDouble());

    private static (HttpMethod Method, Uri Url) Parse(string target, string step)
    {
        var at = step.IndexOf(' ', StringComparison.Ordinal);
        return (HttpMethod.Parse(step.AsSpan(0, at)), new(target + step[(at + 1)..]));
    }
}
