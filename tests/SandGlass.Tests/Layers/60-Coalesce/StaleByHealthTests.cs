using SandGlass.Algorithms.Breaking;
using SandGlass.Request;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Layers.Coalesce;

/// <summary>How long a stale answer is given depends on how the backend is.</summary>
public sealed class StaleByHealthTests
{
    private const string Rules = "\"coalesce\": { \"ttl\": \"1s\", \"staleWhileRevalidate\": \"5s\", \"staleIfError\": \"1h\" }";

    [Theory]
    [InlineData("well", 3, RequestOutcome.Stale)]
    [InlineData("well", 9, RequestOutcome.Served)]
    [InlineData("failing", 9, RequestOutcome.Stale)]
    [InlineData("failing", 3500, RequestOutcome.Stale)]
    [InlineData("failing", 3700, RequestOutcome.Served)]
    [InlineData("open", 9, RequestOutcome.Stale)]
    [InlineData("unhealthy", 9, RequestOutcome.Stale)]
    public async Task Gives_it_for_moments_while_the_backend_is_well_and_as_long_as_allowed_while_it_is_ill(string how, double seconds, RequestOutcome outcome)
    {
        using var glass = new Glass(Policies.With(Rules, backend: "\"health\": { \"path\": \"/up\" }"));
        glass.Forwarder.Does = passage => new(glass.Forwarder.Share(passage));
        (await glass.GetAsync()).Dispose();
        glass.Clock.Advance(TimeSpan.FromSeconds(seconds));
        var (now, frequency) = (glass.Clock.GetTimestamp(), glass.Clock.TimestampFrequency);
        switch (how)
        {
            case "failing":
                glass.State.Backend("marketing").Recent.Report(true, now, frequency);
                glass.State.Backend("marketing").Recent.Report(true, now, frequency);
                break;
            case "open":
                glass.State.Breaker("r").Force(new ForcedPosition(BreakerPosition.Open, now + (60 * frequency)));
                break;
            case "unhealthy":
                for (var i = 0; i < 5; i++)
                {
                    glass.State.Destination("marketing", "a").Probes.Report(false, now);
                }

                glass.Store.Current.Backends["marketing"].Trouble();
                break;
        }

        var before = glass.Total(outcome);
        (await glass.GetAsync()).Dispose();

        Assert.Equal(before + 1, glass.Total(outcome));
    }

    [Theory]
    [InlineData("", 9, RequestOutcome.Stale)]
    [InlineData("", 12, RequestOutcome.Served)]
    [InlineData(", \"staleWhenWell\": \"1m\"", 50, RequestOutcome.Stale)]
    [InlineData(", \"staleWhenWell\": \"0s\"", 1.1, RequestOutcome.Served)]
    public async Task Caps_what_an_answer_says_of_itself_too(string cap, double seconds, RequestOutcome outcome)
    {
        using var glass = new Glass(Policies.With($"\"coalesce\": {{ \"ttl\": \"1s\"{cap} }}"));
        glass.Forwarder.Does = passage =>
        {
            var answer = new SandGlass.Layers.Coalesce.StoredAnswer
            {
                Status = 200,
                Headers = [],
                Body = [],
                StoredAt = glass.Clock.GetTimestamp(),
                Lifetime = glass.Clock.TimestampFrequency,
                StaleWhileRevalidate = 86_400 * glass.Clock.TimestampFrequency,
            };
            passage.Flight!.Plan.Cache.Keep(passage.Flight.Key, answer);
            passage.Flight.Land(answer);
            (passage.Answer, passage.AnswerOutcome) = (answer, RequestOutcome.Served);
            return new(new ForwardResult(ForwardEnd.Answered, 200));
        };
        (await glass.GetAsync()).Dispose();
        glass.Clock.Advance(TimeSpan.FromSeconds(seconds));
        var before = glass.Total(outcome);

        (await glass.GetAsync()).Dispose();

        Assert.Equal(before + 1, glass.Total(outcome));
    }
}
