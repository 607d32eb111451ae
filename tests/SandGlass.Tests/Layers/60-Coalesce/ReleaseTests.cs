using SandGlass.Layers.Coalesce;
using SandGlass.Request;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Layers.Coalesce;

/// <summary>Followers who get nothing from the fetch that they wait for.</summary>
public sealed class ReleaseTests
{
    private const int Released = 31;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    private static string Policy => Policies.With("\"coalesce\": { \"ttl\": \"1m\", \"maxWait\": \"2s\" }", backend: "\"concurrency\": { \"initial\": 500 }");

    [Fact]
    public async Task One_that_has_waited_long_enough_goes_alone_and_keeps_nothing()
    {
        using var glass = new Glass(Policy);
        var hung = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var said = new List<string?>();
        glass.Forwarder.Does = async passage =>
        {
            said.Add(passage.CacheStatus);
            if (glass.Forwarder.Calls == 1)
            {
                await hung.Task;
                return new(ForwardEnd.Unreachable, 502);
            }

            return glass.Forwarder.Share(passage, freshSeconds: 60);
        };
        var leader = glass.GetAsync();
        var follower = glass.GetAsync();
        await glass.RunUntilAsync(follower);
        using var alone = await follower;

        Assert.Equal([CacheStatus.Miss, CacheStatus.Waited], said);
        Assert.Equal((200, 0), (alone.Status, glass.State.Cache!.Count));
        hung.SetResult();
        (await leader).Dispose();
        // Who comes next finds nothing, and is the first whose answer is kept.
        (await glass.GetAsync()).Dispose();
        Assert.Equal((3, 0, 1), (glass.Forwarder.Calls, glass.Total(RequestOutcome.Hit), glass.State.Cache.Count));
        LayerContractTests.AssertNothingHeld(glass);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Those_of_three_failed_leaders_and_of_an_answer_for_one_go_at_a_pace(bool forOne)
    {
        using var glass = new Glass(Policy);
        var leaders = forOne ? 1 : 3;
        var (flights, calls) = (new Flight?[leaders], 0);
        var ends = Enumerable.Range(0, leaders).Select(static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).ToArray();
        glass.Forwarder.Does = async passage =>
        {
            var call = Interlocked.Increment(ref calls) - 1;
            if (call >= leaders)
            {
                return new(ForwardEnd.Answered, 200);
            }

            Volatile.Write(ref flights[call], passage.Flight);
            await ends[call].Task;
            if (!forOne)
            {
                return new(ForwardEnd.Unreachable, 502);
            }

            Keeping.Refuse(passage.Flight!, glass.Clock.GetTimestamp());
            return new(ForwardEnd.Answered, 200);
        };
        var idle = glass.Clock.Waiting;
        var sent = Enumerable.Range(0, Released + leaders).Select(_ => glass.GetAsync()).ToArray();
        for (var lead = 0; lead < leaders; lead++)
        {
            var waiting = Released + leaders - 1 - lead;
            await LayerContractTests.Until(() => Volatile.Read(ref flights[lead])?.Followers == waiting);
            glass.Clock.Advance(lead == leaders - 1 ? Step : TimeSpan.Zero);
            ends[lead].SetResult();
        }

        // A step is as long as the fetch took; who is held back has a timer each, as who waits for the fetch has: nobody does any more.
        await LayerContractTests.Until(() => flights[^1]!.Followers == 0);
        var gone = 0;
        for (var step = 0; step < 5; step++)
        {
            gone += 1 << step;
            await LayerContractTests.Until(() => Volatile.Read(ref calls) == leaders + gone && glass.Clock.Waiting == idle + Released - gone);
            glass.Clock.Advance(Step);
        }

        foreach (var answer in await Task.WhenAll(sent))
        {
            answer.Dispose();
        }

        Assert.Equal(leaders + Released, glass.Forwarder.Calls);
        LayerContractTests.AssertNothingHeld(glass);
    }

    // Followers; the step and the time left, ms; how many may go in any one step.
    [Theory]
    [InlineData(1000, 100, 4900, 22)]
    [InlineData(1000, 5, 4900, 32)]
    [InlineData(1000, 100, 300, 350)]
    [InlineData(200, 100, 4900, 32)]
    public void However_many_they_are_few_go_at_once_and_none_too_late(int followers, int step, int left, int most)
    {
        using var glass = new Glass(Policy);
        var flight = new Flight(glass.Rule<CoalescePlan>(), 7, 1);
        for (var i = 0; i < followers; i++)
        {
            flight.Follow();
        }

        flight.Land(null);
        var times = Enumerable.Range(0, followers).Select(_ => flight.NextRelease(TimeSpan.FromMilliseconds(step), TimeSpan.FromMilliseconds(left)).TotalMilliseconds).ToArray();

        Assert.Equal(times.Order(), times);
        Assert.InRange(times[^1], 0, left);
        Assert.InRange(times.CountBy(static time => time).Max(static same => same.Value), 1, Flight.MostAtOnce);
        Assert.All(times, from => Assert.InRange(times.Count(time => time >= from && time < from + step), 1, most));
    }
}
