using System.Globalization;
using System.Text.RegularExpressions;
using SandGlass.Algorithms.Keys;
using SandGlass.Layers.Coalesce;
using SandGlass.Request;
using SandGlass.Testing;
using Xunit;
using TestContext = SandGlass.Testing.TestContext;

namespace SandGlass.Tests;

/// <summary>What every layer must hold, whoever wrote it. A layer without a case here fails.</summary>
public sealed class LayerContractTests
{
    /// <summary>How one layer is brought to act on the next request.</summary>
    /// <param name="Policy">A policy with a rule of it in this mode.</param>
    /// <param name="Provoke">Brings it there. Requests to /r/hang stay at the backend until the test ends, those to /r/fail get 500.</param>
    /// <param name="Probe">The request on which it acts.</param>
    /// <param name="Status">What the client gets when it is enforced.</param>
    /// <param name="Outcome">And how that ends.</param>
    /// <param name="Proxy">The details of Proxy-Status; null: none.</param>
    /// <param name="Passed">How the probe ends where the layer does not act.</param>
    private sealed record Case(
        Func<string, string> Policy,
        Func<Glass, Task> Provoke,
        Func<TestContext> Probe,
        int Status,
        RequestOutcome Outcome,
        string? Proxy,
        RequestOutcome Passed = RequestOutcome.Served)
    {
        public bool RetryAfter => Status is 429 or 503;
    }

    private static string Layer(string name, string mode) => $"\"layers\": {{ \"{name}\": {{ \"mode\": \"{mode}\" }} }}";

    private static TestContext Plain() => new();

    private static readonly Dictionary<Place, Case> Cases = new()
    {
        [Place.Trust] = new(
            mode => Policies.With(sections: Layer("trust", mode)),
            static _ => Task.CompletedTask,
            static () => new("/r/a;b"),
            400, RequestOutcome.Refused, "trust/path-parameter"),
        [Place.Fallback] = new(
            mode => Policies.With("\"fallback\": \"f\"", $"\"fallbacks\": {{ \"f\": {{ \"body\": \"sorry\", \"mode\": \"{mode}\" }} }}"),
            static glass =>
            {
                glass.Forwarder.Does = static _ => new(new ForwardResult(ForwardEnd.Unreachable, 502));
                return Task.CompletedTask;
            },
            Plain, 503, RequestOutcome.Fallback, "forward/marketing", RequestOutcome.Failed),
        [Place.Switch] = new(
            mode => Policies.Switch("\"refuse\": { \"retryAfter\": \"9s\" }", mode: mode),
            static glass =>
            {
                glass.Throw("s");
                return Task.CompletedTask;
            },
            Plain, 503, RequestOutcome.Refused, "switch/s"),
        [Place.RateLimit] = new(
            mode => Policies.Limit($"\"rate\": \"1/s\", \"mode\": \"{mode}\""),
            static async glass => (await glass.GetAsync()).Dispose(),
            Plain, 429, RequestOutcome.Refused, "rate-limit/l"),
        [Place.Coalesce] = new(
            mode => Policies.With($"\"coalesce\": {{ \"ttl\": \"1s\", \"key\": \"route\", \"mode\": \"{mode}\" }}"),
            static glass =>
            {
                _ = glass.GetAsync("/r/hang");
                return Task.CompletedTask;
            },
            Plain, 200, RequestOutcome.Collapsed, null),
        [Place.Shed] = new(
            mode => Policies.With("", $"\"shedding\": {{ \"mode\": \"{mode}\", \"maxWait\": \"0s\" }}", "\"concurrency\": { \"initial\": 1, \"min\": 1, \"max\": 1 }"),
            static glass =>
            {
                _ = glass.GetAsync("/r/hang");
                return Task.CompletedTask;
            },
            Plain, 503, RequestOutcome.Refused, "shed/marketing"),
        [Place.Break] = new(
            mode => Policies.With($"\"breaker\": {{ \"minRequests\": 1, \"open\": \"5s\", \"mode\": \"{mode}\" }}"),
            static async glass => (await glass.GetAsync("/r/fail")).Dispose(),
            Plain, 503, RequestOutcome.Refused, "break/r"),
    };

    public static TheoryData<Place> All => [.. new Pipeline(new SipKey(1, 2), TimeProvider.System).Layers.Select(static l => l.Place)];

    [Theory]
    [MemberData(nameof(All))]
    public async Task Lets_a_request_pass_untouched_where_there_is_no_rule_of_it(Place place)
    {
        using var stage = await StageAsync(place, "off");
        var shadowed = stage.Glass.Shadowed(place);

        await stage.SendAsync();

        Assert.Equal(1, stage.Ended(Cases[place].Passed));
        Assert.Equal(string.Empty, stage.Probe.Header("Cache-Status"));
        Assert.Equal(string.Empty, stage.Probe.Header("RateLimit"));
        // Trust in "off" still derives clients, so it is in shadow then; everything else is not there at all.
        Assert.Equal(place == Place.Trust ? 1 : 0, stage.Glass.Shadowed(place) - shadowed);
        Assert.Equal(place == Place.Trust, stage.Glass.State.Shadows.Any(s => s.Layer == place.Word() && s.Total > 0));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Counts_in_shadow_and_lets_pass(Place place)
    {
        using var stage = await StageAsync(place, "shadow");
        var shadowed = stage.Glass.Shadowed(place);

        await stage.SendAsync();

        Assert.Equal(1, stage.Ended(Cases[place].Passed));
        Assert.Equal(1, stage.Glass.Shadowed(place) - shadowed);
        Assert.Equal(string.Empty, stage.Probe.Header("Cache-Status"));
        Assert.Equal(string.Empty, stage.Probe.Header("RateLimit"));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Says_who_refused_and_when_to_come_back(Place place)
    {
        var expected = Cases[place];
        using var stage = await StageAsync(place, "enforce");

        await stage.SendAsync(release: place == Place.Coalesce);

        Assert.Equal(expected.Status, stage.Probe.Status);
        Assert.Equal(1, stage.Ended(expected.Outcome));
        if (expected.Proxy is { } details)
        {
            Assert.StartsWith("sandglass; error=", stage.Probe.Header("Proxy-Status"), StringComparison.Ordinal);
            // Where it is a matter of criticality, the class and the reason follow.
            Assert.Matches($"; details=\"{Regex.Escape(details)}(?: \\((?:sheddable|critical)(?:-plus)?, [a-z-]+\\))?\"$", stage.Probe.Header("Proxy-Status"));
        }

        if (expected.RetryAfter && place != Place.Fallback)
        {
            Assert.True(int.Parse(stage.Probe.Header("Retry-After"), CultureInfo.InvariantCulture) >= 1);
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Gives_back_what_it_took_however_the_request_ends(Place place)
    {
        foreach (var end in Enum.GetValues<ForwardEnd>())
        {
            foreach (var thrown in new[] { false, true })
            {
                using var glass = new Glass(Cases[place].Policy("enforce"));
                var reached = false;
                glass.Forwarder.Does = passage =>
                {
                    reached = true;
                    Assert.All(glass.State.Gates.Values, static g => Assert.Equal(1, g.Gate.InFlight));
                    if (end == ForwardEnd.ClientLeft)
                    {
                        passage.Http.Abort();
                    }

                    return thrown ? throw new InvalidOperationException("forwarder") : new(new ForwardResult(end, end == ForwardEnd.ClientFault ? 413 : 502));
                };

                (await glass.GetAsync()).Dispose();

                Assert.True(reached);
                AssertNothingHeld(glass);
                Assert.Equal(1, glass.Total());
            }
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Gives_back_what_it_took_when_it_refuses_or_the_client_leaves_meanwhile(Place place)
    {
        using var stage = await StageAsync(place, "enforce");
        stage.Probe.Leave();

        await stage.SendAsync(release: false);
        await stage.ReleaseAsync();

        AssertNothingHeld(stage.Glass);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Explains_what_it_then_decides_and_changes_nothing_by_it(Place place)
    {
        using var stage = await StageAsync(place, "enforce");
        var (snapshot, now) = (stage.Glass.Store.Current, stage.Glass.Clock.GetTimestamp());
        var shadowed = stage.Glass.Shadowed(place);

        var told = Enumerable.Range(0, 3)
            .Select(_ => Explainer.Explain(snapshot, RehearsedRequest.Copy(stage.Probe.Http), now).Steps.Single(s => s.Layer == place.Word()))
            .ToArray();

        var passage = new Passage(7);
        passage.Begin(stage.Probe.Http, snapshot, now);
        var verdict = snapshot.Trust.Layer.Decide(passage, snapshot.Trust, now);
        passage.Take(stage.Glass.Route);
        foreach (var rule in place == Place.Trust ? [] : stage.Glass.Route.Rules.Where(static r => r.Name != "gateway").TakeWhile(r => r.Layer.Place <= place))
        {
            verdict = rule.Layer.Decide(passage, rule, now);
        }

        Assert.All(told, t => Assert.Equal(verdict.Kind.ToString().ToLowerInvariant(), t.Verdict));
        Assert.All(told, t => Assert.Equal((told[0].Text, string.Join(' ', told[0].Numbers)), (t.Text, string.Join(' ', t.Numbers))));
        Assert.Equal(shadowed, stage.Glass.Shadowed(place));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Fails_open_or_closed_as_it_declares_and_ends_once(Place place)
    {
        foreach (var fault in Enum.GetValues<FaultAt>())
        {
            using var glass = new Glass(Cases[place].Policy("enforce"));
            glass.Forwarder.Does = _ => new(new ForwardResult(fault == FaultAt.Rescue ? ForwardEnd.Unreachable : ForwardEnd.Answered, fault == FaultAt.Rescue ? 502 : 200));
            using var request = new TestContext();
            var layer = glass.Pipeline.Layers.Single(l => l.Place == place);
            if (place == Place.Trust)
            {
                if (fault != FaultAt.Decide)
                {
                    continue;
                }

                // Trust stands before routes; what breaks it here is the connection it asks.
                request.Http.Features.Set<Microsoft.AspNetCore.Http.Features.IHttpConnectionFeature>(null);
                request.Http.Features.Set<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>(new NoTarget(request.Http));
            }
            else
            {
                var rules = glass.Route.RuleArray;
                rules[Array.FindIndex(rules, r => r.Layer.Place == place)] = new FaultyLayer(layer, fault).Rule();
            }

            await glass.SendAsync(request);

            var expected = fault switch
            {
                FaultAt.Reject => (503, RequestOutcome.Refused),
                FaultAt.Rescue => (502, RequestOutcome.Failed),
                FaultAt.Decide or FaultAt.Wait when !layer.FailsOpen => (503, RequestOutcome.Refused),
                _ => (200, RequestOutcome.Served),
            };
            Assert.Equal(expected, (request.Status, RequestOutcomes.All.Single(o => glass.Total(o) == 1)));
            Assert.Equal(0, glass.State.Ledger.UnderWay);
            Assert.Equal(1, glass.State.Defects.Totals.Sum(static d => d.Total));
            AssertNothingHeld(glass);
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Allocates_nothing_when_it_admits(Place place)
    {
        if (place == Place.Trust)
        {
            // Trust is measured apart: see TrustLayerTests.
            return;
        }

        using var glass = new Glass(Cases[place].Policy("enforce"));
        // A request that Coalesce lets by; what it leads costs the flight that others may board.
        using var request = new TestContext(headers: ("Authorization", "Basic x"));
        var passage = glass.Enter(request);
        var rule = glass.Route.Rules.First(r => r.Layer.Place == place);
        var ending = new Ending(RequestOutcome.Refused, Place.RateLimit) { Permit = Algorithms.Outcome.Ignored };
        // As if a later limit had refused: what this one took is given back.
        passage.IsOverQuota = true;

        var bytes = Allocated.Per(() =>
        {
            Assert.True(rule.Layer.Decide(passage, rule, glass.Clock.GetTimestamp()).Admitted);
            rule.Layer.Release(passage, rule, ending, glass.Clock.GetTimestamp());
        });

        Assert.Equal(0, bytes);
    }

    [Fact]
    public void Allocates_nothing_when_the_cache_answers()
    {
        using var glass = new Glass(Cases[Place.Coalesce].Policy("enforce"));
        using var request = new TestContext();
        var passage = glass.Enter(request);
        var rule = glass.Rule<CoalescePlan>();
        Assert.True(rule.Layer.Decide(passage, rule, glass.Clock.GetTimestamp()).Admitted);
        glass.Forwarder.Share(passage);

        Assert.Equal(0, Allocated.Per(() =>
            Assert.True(rule.Layer.Decide(passage, rule, glass.Clock.GetTimestamp()).Kind == Algorithms.VerdictKind.Answer)));
    }

    [Fact]
    public void Has_a_case_for_every_layer() =>
        Assert.Equal(new Pipeline(new SipKey(1, 2), TimeProvider.System).Layers.Select(static l => l.Place), Cases.Keys);

    internal static void AssertNothingHeld(Glass glass)
    {
        Assert.All(glass.State.Gates.Values, static g => Assert.Equal((0, 0), (g.Gate.InFlight, g.Gate.Queued)));
        Assert.Equal(0, glass.State.Cache?.UnderWay ?? 0);
        Assert.Equal(0, glass.State.Ledger.UnderWay);
    }

    private static async Task<Stage> StageAsync(Place place, string mode)
    {
        var stage = new Stage(new Glass(Cases[place].Policy(mode)), Cases[place].Probe());
        await Cases[place].Provoke(stage.Glass);
        stage.Begin();
        return stage;
    }

    private sealed class Stage : IDisposable
    {
        private readonly TaskCompletionSource _hung = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private Dictionary<RequestOutcome, long> _before = [];

        public Stage(Glass glass, TestContext probe)
        {
            Glass = glass;
            Probe = probe;
            glass.Forwarder.Does = async passage =>
            {
                if (passage.Target == "/r/hang")
                {
                    await _hung.Task;
                    return glass.Forwarder.Share(passage);
                }

                return new(ForwardEnd.Answered, passage.Target == "/r/fail" ? 500 : 200);
            };
        }

        public Glass Glass { get; }

        public TestContext Probe { get; }

        public void Begin() => _before = RequestOutcomes.All.ToDictionary(static o => o, o => Glass.Total(o));

        public async Task SendAsync(bool release = false)
        {
            var sent = Glass.SendAsync(Probe);
            if (release)
            {
                Assert.False(sent.IsCompleted);
                _hung.SetResult();
            }

            await Glass.RunUntilAsync(sent);
        }

        public async Task ReleaseAsync()
        {
            _hung.TrySetResult();
            await Until(() => Glass.State.Ledger.UnderWay == 0);
        }

        // How many more ended so than before the probe; the hanging one may have ended too.
        public long Ended(RequestOutcome outcome) => Glass.Total(outcome) - _before[outcome] - (outcome == RequestOutcome.Served && _hung.Task.IsCompleted ? 1 : 0);

        public void Dispose()
        {
            _hung.TrySetResult();
            Probe.Dispose();
            Glass.Dispose();
        }
    }

    internal static async Task Until(Func<bool> condition)
    {
        var began = TimeProvider.System.GetTimestamp();
        for (var looks = 1; !condition(); looks++)
        {
            // Time alone proves nothing where others had the processors meanwhile.
            Assert.True(looks < 500 || TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(20), "it does not happen");
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System);
        }
    }

    // A request whose target cannot be asked for: a defect in the middle of Trust.
    private sealed class NoTarget(Microsoft.AspNetCore.Http.HttpContext http) : Microsoft.AspNetCore.Http.Features.IHttpRequestFeature
    {
        private readonly Microsoft.AspNetCore.Http.Features.IHttpRequestFeature _inner =
            http.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!;

        public string Protocol { get => _inner.Protocol; set => _inner.Protocol = value; }

        public string Scheme { get => _inner.Scheme; set => _inner.Scheme = value; }

        public string Method { get => _inner.Method; set => _inner.Method = value; }

        public string PathBase { get => _inner.PathBase; set => _inner.PathBase = value; }

        public string Path { get => _inner.Path; set => _inner.Path = value; }

        public string QueryString { get => _inner.QueryString; set => _inner.QueryString = value; }

        public string RawTarget { get => throw new InvalidOperationException("target"); set => _inner.RawTarget = value; }

        public Microsoft.AspNetCore.Http.IHeaderDictionary Headers { get => _inner.Headers; set => _inner.Headers = value; }

        public Stream Body { get => _inner.Body; set => _inner.Body = value; }
    }
}
