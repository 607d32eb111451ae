using System.Globalization;
using NBomber.Contracts;
using NBomber.CSharp;
using SandGlass.LoadTests.Measuring;
using SandGlass.LoadTests.Planning;
using SandGlass.LoadTests.Running;
using Theirs = NBomber.CSharp.Scenario;

namespace SandGlass.OnNBomber;

/// <summary>
/// A scenario of ours as one of NBomber's: the same feeds, requests, checks, saved values and think times, each step one of NBomber's. Arrivals and the clock are NBomber's.
/// </summary>
internal static class Journeys
{
    public static ScenarioProps Map(LoadTests.Planning.Scenario plan, int index, int seed, ITransport transport, TimeProvider time)
    {
        long begun = -1;
        var props = Theirs.Create(plan.Name, async context =>
        {
            var journey = Begin(plan, index, seed, Interlocked.Increment(ref begun));
            foreach (var step in plan.Steps)
            {
                var answered = await NBomber.CSharp.Step.Run(step.Name, context, async () => Say(await SendAsync(journey, transport)));
                if (answered.IsError)
                {
                    return answered;
                }

                var dice = journey.Dice;
                var think = step.ThinkTime(dice.Roll());
                journey.Dice = dice;
                journey.Step++;
                if (journey.Step < plan.Steps.Count && think > TimeSpan.Zero)
                {
                    await Task.Delay(think, time, context.ScenarioCancellationToken);
                }
            }

            return Response.Ok();
        });

        props = plan.WarmUp > TimeSpan.Zero ? props.WithWarmUpDuration(plan.WarmUp) : props.WithoutWarmUp();
        props = plan.MaxFailCount < int.MaxValue ? props.WithMaxFailCount((int)plan.MaxFailCount) : props;
        return props.WithLoadSimulations([.. plan.Simulations.Select(Simulations.Map)]);
    }

    private static Journey Begin(LoadTests.Planning.Scenario plan, int index, int seed, long number)
    {
        var dice = Dice.Of(seed, index, number);
        var values = new string?[plan.Values];
        for (var i = 0; i < plan.Feeds.Count; i++)
        {
            values[i] = plan.Feeds[i].Value(ref dice, number);
        }

        return new() { Scenario = index, Plan = plan, Values = values, Dice = dice };
    }

    private static async Task<Answer> SendAsync(Journey journey, ITransport transport)
    {
        // NBomber measures from here: its latency is ours "from the start".
        using var shot = new Shot { Journey = journey, Planned = 0, Sent = 0 };
        shot.Patience.CancelAfter(journey.Plan.Timeout);
        return await transport.SendAsync(shot);
    }

    // NBomber knows ok and fail only: a refusal by design is a fail with its status.
    private static Response<object> Say(Answer answer)
    {
        var status = answer.Outcome == Outcome.Stale ? "stale" : answer.Status.ToString(CultureInfo.InvariantCulture);
        return answer.Outcome.Good()
            ? Response.Ok(statusCode: status, sizeBytes: (int)answer.Bytes)
            : Response.Fail(statusCode: status, message: answer.Why ?? answer.Outcome.Name(), sizeBytes: (int)answer.Bytes);
    }
}
