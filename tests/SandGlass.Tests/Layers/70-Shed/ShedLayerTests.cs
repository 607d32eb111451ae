using SandGlass.Policy;
using SandGlass.Request;
using SandGlass.Testing;
using Xunit;
using TestContext = SandGlass.Testing.TestContext;

namespace SandGlass.Tests.Layers.Shed;

public sealed class ShedLayerTests
{
    private static string Policy(int limit, string maxWait, string mode = "enforce") => $$"""
        {
          "backends": { "marketing": { "destinations": { "a": "http://127.0.0.1:7001" }, "concurrency": { "initial": {{limit}}, "min": 1, "max": {{limit}} } } },
          "routes": {
            "low": { "chain": "marketing", "criticality": "sheddable", "match": { "path": "/low" } },
            "high": { "chain": "marketing", "criticality": "critical-plus", "match": { "path": "/high" } }
          },
          "shedding": { "maxWait": "{{maxWait}}", "mode": "{{mode}}" }
        }
        """;

    [Fact]
    public async Task Lets_as_many_through_as_the_backend_bears_and_turns_the_rest_away_in_time()
    {
        using var glass = new Glass(Policy(3, "50ms"));
        var backend = Hang(glass);
        var sent = Enumerable.Range(0, 20).Select(_ => glass.GetAsync("/low")).ToArray();

        // Three at the backend, eight in the queue, nine with no room to wait.
        Assert.Equal((3, 8, 9), (glass.State.Gates["marketing"].Gate.InFlight, glass.State.Gates["marketing"].Gate.Queued, sent.Count(static s => s.IsCompleted)));
        await glass.RunUntilAsync(Task.WhenAll(sent.Skip(3)));
        Assert.Equal(17, glass.Total(RequestOutcome.Refused, Place.Shed));
        Assert.All(sent.Skip(3), static s => Assert.Equal(503, s.Result.Status));
        Assert.All(sent.Skip(3), static s => Assert.NotEqual("", s.Result.Header("Retry-After")));

        backend.SetResult();
        await Task.WhenAll(sent);
        LayerContractTests.AssertNothingHeld(glass);
        Assert.Equal(0, glass.Clock.Waiting);
    }

    [Fact]
    public async Task Serves_the_most_critical_of_those_who_wait_first()
    {
        using var glass = new Glass(Policy(1, "5s"));
        var order = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var steps = new SemaphoreSlim(0);
        glass.Forwarder.Does = async passage =>
        {
            order.Enqueue(passage.Target);
            await steps.WaitAsync();
            return new(ForwardEnd.Answered, 200);
        };
        var sent = new[] { "/low", "/low", "/high", "/low", "/high" }.Select(t => glass.GetAsync(t)).ToArray();
        for (var i = 1; i <= 5; i++)
        {
            await LayerContractTests.Until(() => order.Count == i);
            steps.Release();
        }

        await Task.WhenAll(sent);
        Assert.Equal(["/low", "/high", "/high", "/low", "/low"], order);
        LayerContractTests.AssertNothingHeld(glass);
    }

    [Fact]
    public async Task Gives_up_the_place_of_a_client_that_leaves()
    {
        using var glass = new Glass(Policy(1, "5s"));
        var backend = Hang(glass);
        var first = glass.GetAsync("/low");
        using var waiting = new TestContext("/high");
        var left = glass.SendAsync(waiting);
        Assert.Equal(1, glass.State.Gates["marketing"].Gate.Queued);

        waiting.Leave();
        await left;

        Assert.Equal((1, 0), (glass.Total(RequestOutcome.Aborted, Place.Shed), glass.State.Gates["marketing"].Gate.Queued));
        backend.SetResult();
        await first;
        Assert.Equal(1, glass.Forwarder.Calls);
        LayerContractTests.AssertNothingHeld(glass);
    }

    [Fact]
    public async Task Holds_nobody_in_shadow_but_counts()
    {
        using var glass = new Glass(Policy(1, "50ms", "shadow"));
        var backend = Hang(glass);
        var sent = Enumerable.Range(0, 20).Select(_ => glass.GetAsync("/low")).ToArray();

        Assert.Equal((20, 19), (glass.Forwarder.Calls, glass.Shadowed(Place.Shed)));
        backend.SetResult();
        await Task.WhenAll(sent);
        await LayerContractTests.Until(() => glass.State.Gates["marketing"].Gate.InFlight == 0);
        Assert.Equal(20, glass.Total(RequestOutcome.Served));
    }

    [Fact]
    public async Task Takes_a_wider_limit_at_the_next_request_after_a_reload()
    {
        using var glass = new Glass(Policy(1, "0s"));
        var backend = Hang(glass);
        var first = glass.GetAsync("/low");
        using (var refused = await glass.GetAsync("/low"))
        {
            Assert.Equal(503, refused.Status);
        }

        glass.Apply(Policy(2, "0s"));
        var second = glass.GetAsync("/low");
        Assert.Equal(2, glass.Forwarder.Calls);
        backend.SetResult();
        await Task.WhenAll(first, second);
        LayerContractTests.AssertNothingHeld(glass);
    }

    [Fact]
    public async Task Finds_more_than_it_began_with_while_round_trips_stay_short()
    {
        using var glass = new Glass(Policy(4, "0s").Replace("\"max\": 4", "\"max\": 100", StringComparison.Ordinal));
        var limit = glass.Route.Backend!.Gate.State.Limit;
        var plan = glass.Route.Backend.Gate.Plan.Limit;
        var steps = new SemaphoreSlim(0);
        glass.Forwarder.Does = async _ =>
        {
            await steps.WaitAsync();
            return new(ForwardEnd.Answered, 200);
        };

        // Always as many as are let in, and each takes 10 ms.
        for (var round = 0; round < 300 && limit.Current(plan) < 20; round++)
        {
            var sent = Enumerable.Range(0, limit.Current(plan) + 2).Select(_ => glass.GetAsync("/low")).ToArray();
            glass.Clock.Advance(TimeSpan.FromMilliseconds(10));
            steps.Release(sent.Count(static s => !s.IsCompleted));
            await Task.WhenAll(sent);
        }

        Assert.True(limit.Current(plan) >= 20, $"{limit.Status(plan)}");
        Assert.Equal(10, limit.BaseOf(glass.State.RouteSlot("low")) * 1000 / glass.Clock.TimestampFrequency, 1);
    }

    [Theory]
    [InlineData("127.0.0.9", "critical-plus", true)]
    [InlineData("127.0.0.9", "of-course", false)]
    [InlineData("198.51.100.7", "critical-plus", false)]
    public async Task Believes_a_trusted_proxy_how_critical_a_request_is_and_nobody_else(string from, string said, bool believed)
    {
        using var glass = new Glass(Policy(1, "5s").Replace(
            "\"shedding\": {", "\"edge\": { \"trustedProxies\": [ \"127.0.0.9\" ] }, \"shedding\": { \"criticalityHeader\": \"X-Criticality\",", StringComparison.Ordinal));
        var order = new System.Collections.Concurrent.ConcurrentQueue<Criticality>();
        var backend = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        glass.Forwarder.Does = async passage =>
        {
            order.Enqueue(passage.Criticality);
            await backend.Task;
            return new(ForwardEnd.Answered, 200);
        };
        var (first, low) = (glass.GetAsync("/low"), glass.GetAsync("/low"));
        using var told = new TestContext("/low", from: from, headers: ("X-Criticality", said));
        var second = glass.SendAsync(told);

        backend.SetResult();
        await Task.WhenAll(first, low, second);

        Assert.Equal([Criticality.Sheddable, believed ? Criticality.CriticalPlus : Criticality.Sheddable, Criticality.Sheddable], order);
    }

    [Fact]
    public async Task Keeps_free_for_a_chain_what_it_does_not_lend()
    {
        using var glass = new Glass("""
            {
              "backends": { "marketing": { "destinations": { "a": "http://127.0.0.1:7001" }, "concurrency": { "initial": 8, "min": 8, "max": 8 } } },
              "chains": { "transaction": { "criticality": "critical", "share": 0.5, "lend": 0.5 }, "marketing": { "criticality": "critical-plus", "share": 0.5 } },
              "routes": {
                "browse": { "chain": "marketing", "match": { "path": "/browse" } },
                "order": { "chain": "transaction", "backend": "marketing", "match": { "path": "/order" } }
              },
              "shedding": { "maxWait": "0s" }
            }
            """);
        var backend = Hang(glass);
        var browsing = Enumerable.Range(0, 8).Select(_ => glass.GetAsync("/browse")).ToArray();
        Assert.Equal(6, glass.Forwarder.Calls);

        var orders = Enumerable.Range(0, 3).Select(_ => glass.GetAsync("/order")).ToArray();

        Assert.Equal((8, 2), (glass.Forwarder.Calls, orders.Count(static o => !o.IsCompleted)));
        backend.SetResult();
        await Task.WhenAll([.. browsing, .. orders]);
        LayerContractTests.AssertNothingHeld(glass);
        Assert.Equal((0, 0), (glass.State.Gates["marketing"].Chain("marketing").InFlight, glass.State.Gates["marketing"].Chain("transaction").InFlight));
    }

    [Fact]
    public async Task Names_class_and_reason_of_whom_it_turns_away()
    {
        using var glass = new Glass(Policy(1, "0s"));
        var backend = Hang(glass);
        var first = glass.GetAsync("/high");

        using var refused = await glass.GetAsync("/low");

        Assert.Equal("sandglass; error=connection_limit_reached; details=\"shed/marketing (sheddable, queue-full)\"", refused.Header("Proxy-Status"));
        backend.SetResult();
        await first;
    }

    private static string Checkout(string more = "") => $$"""
        {
          "backends": { "transaction": { "destinations": { "a": "http://127.0.0.1:7001" }, "concurrency": { "initial": 1, "min": 1, "max": 1 } } },
          "routes": {
            "cart": { "chain": "transaction", "match": { "path": "/cart" }, "session": "begin" },
            "pay": { "chain": "transaction", "match": { "path": "/pay" }, "session": "end" }
          },
          "shedding": { "maxWait": "5s"{{more}} }
        }
        """;

    [Fact]
    public async Task Begins_a_session_with_a_cookie_and_ends_it_where_the_policy_says()
    {
        using var glass = new Glass(Checkout());
        var cookie = await CookieOf(glass, "/cart");
        Assert.Matches("^sandglass-session=[A-Za-z0-9_-]{38}; Max-Age=900; Path=/; HttpOnly; SameSite=Lax$", cookie);

        Assert.Null(await CookieOf(glass, "/cart", "a=b; " + cookie!.Split(';')[0]));
        Assert.Equal("sandglass-session=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax", await CookieOf(glass, "/pay", cookie.Split(';')[0]));
        Assert.Null(await CookieOf(glass, "/pay", "sandglass-session=" + new string('A', 38)));
        Assert.Null(await CookieOf(glass, "/pay"));
    }

    [Fact]
    public async Task Serves_who_is_in_a_session_before_who_has_not_begun()
    {
        using var glass = new Glass(Checkout());
        var cookie = await CookieOf(glass, "/cart");
        var order = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var backend = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        glass.Forwarder.Does = async passage =>
        {
            order.Enqueue(passage.Target);
            await backend.Task;
            return new(ForwardEnd.Answered, 200);
        };
        var (first, newcomer) = (glass.GetAsync("/cart"), glass.GetAsync("/cart?new"));
        using var checkout = new TestContext("/pay", headers: ("Cookie", cookie!.Split(';')[0]));
        var paying = glass.SendAsync(checkout);

        backend.SetResult();
        await Task.WhenAll(first, newcomer, paying);

        Assert.Equal(["/cart", "/pay", "/cart?new"], order);
    }

    // What goes out with the backend's answer.
    private static async Task<string?> CookieOf(Glass glass, string target, string? shown = null)
    {
        string? cookie = null;
        glass.Forwarder.Does = passage =>
        {
            cookie = passage.SessionCookie;
            return new(new ForwardResult(ForwardEnd.Answered, 200));
        };
        using var request = new TestContext(target, headers: shown is null ? [] : [("Cookie", shown)]);
        await glass.SendAsync(request);
        return cookie;
    }

    [Fact]
    public async Task Counts_who_comes_back_when_he_was_told_to()
    {
        using var glass = new Glass(Policy(1, "0s"));
        var backend = Hang(glass);
        var first = glass.GetAsync("/low");
        using var told = await glass.GetAsync("/low");
        glass.Clock.Advance(TimeSpan.FromSeconds(int.Parse(told.Header("Retry-After"), System.Globalization.CultureInfo.InvariantCulture)));
        using var obeyed = await glass.GetAsync("/low");
        using var early = await glass.GetAsync("/low");

        var book = glass.State.Returns;
        Assert.Equal((3, 1, 1), (book.Told.Sum(), book.Early.Sum(), book.Obeyed.Sum()));
        backend.SetResult();
        await first;
    }

    [Theory]
    [InlineData("\"body\": \"busy\"", 0)]
    [InlineData("\"body\": \"busy\", \"retryAfter\": \"20s\"", 1)]
    [InlineData("\"redirect\": \"https://status.example/\"", 0)]
    public async Task Counts_as_told_only_who_was_told_something_by_what_stands_in(string fallback, int told)
    {
        using var glass = new Glass(Policy(1, "0s")
            .Replace("\"match\": { \"path\": \"/low\" }", "\"match\": { \"path\": \"/low\" }, \"fallback\": \"f\"", StringComparison.Ordinal)
            .Replace("\"shedding\"", $"\"fallbacks\": {{ \"f\": {{ {fallback} }} }}, \"shedding\"", StringComparison.Ordinal));
        var backend = Hang(glass);
        var first = glass.GetAsync("/high");

        using var answer = await glass.GetAsync("/low");

        Assert.Equal((1, told == 1), (glass.Total(RequestOutcome.Fallback, Place.Shed), answer.Header("Retry-After").Length > 0));
        Assert.Equal(told, glass.State.Returns.Told.Sum());
        // What the client was told is what it is held to, with what it was spread by.
        glass.Clock.Advance(TimeSpan.FromSeconds(told == 1 ? int.Parse(answer.Header("Retry-After"), System.Globalization.CultureInfo.InvariantCulture) - 0.01 : 1));
        using var again = await glass.GetAsync("/low");
        Assert.Equal((told, 0), (glass.State.Returns.Early.Sum(), glass.State.Returns.Obeyed.Sum()));
        backend.SetResult();
        await first;
    }

    [Theory]
    [InlineData("9s", "200ms", false)]
    [InlineData("200ms", "9s", true)]
    public async Task Lets_wait_as_long_as_a_switch_says_that_the_route_has(string route, string switched, bool waits)
    {
        using var glass = new Glass(Policy(1, "5s")
            .Replace("\"match\": { \"path\": \"/low\" }", $"\"match\": {{ \"path\": \"/low\" }}, \"timeout\": \"{route}\"", StringComparison.Ordinal)
            .Replace("\"shedding\"", $"\"switches\": {{ \"s\": {{ \"routes\": [ \"low\" ], \"do\": {{ \"timeout\": \"{switched}\" }} }} }}, \"shedding\"", StringComparison.Ordinal));
        var backend = Hang(glass);
        var first = glass.GetAsync("/high");
        glass.Throw("s");
        var second = glass.GetAsync("/low");
        Assert.Equal(1, glass.State.Gates["marketing"].Gate.Queued);

        glass.Clock.Advance(TimeSpan.FromMilliseconds(300));

        Assert.Equal(waits ? 1 : 0, glass.State.Gates["marketing"].Gate.Queued);
        backend.SetResult();
        await first;
        using var answer = await second;
        Assert.Equal(waits ? 200 : 503, answer.Status);
        Assert.True(waits || answer.Header("Proxy-Status").Contains("deadline", StringComparison.Ordinal), answer.Header("Proxy-Status"));
    }

    [Theory]
    [InlineData("enforce", 4, false)]
    [InlineData("enforce", 65_537, true)]      // too long to be waited for
    [InlineData("shadow", 4, true)]
    public async Task Asks_for_a_permit_when_the_body_is_here(string mode, int length, bool atOnce)
    {
        using var glass = new Glass(Policy(1, "0s", mode));
        var (pipe, got) = (new System.IO.Pipelines.Pipe(), string.Empty);
        glass.Forwarder.Does = async passage =>
        {
            got = await new StreamReader(passage.Http.Request.Body).ReadToEndAsync();
            return new(ForwardEnd.Answered, 200);
        };
        using var request = new TestContext("/low", "POST");
        (request.Http.Request.Body, request.Http.Request.ContentLength) = (pipe.Reader.AsStream(), length);

        var sent = glass.SendAsync(request);
        Assert.Equal(atOnce, glass.Forwarder.Calls == 1);
        Assert.Equal(atOnce ? 1 : 0, glass.State.Gates["marketing"].Gate.InFlight);
        glass.Clock.Advance(TimeSpan.FromSeconds(9));
        await pipe.Writer.WriteAsync(new byte[length].Select(static _ => (byte)'x').ToArray());
        await pipe.Writer.CompleteAsync();
        await sent;

        Assert.Equal((200, length, 0L), (request.Status, got.Length, glass.Shadowed(Place.Shed)));
        LayerContractTests.AssertNothingHeld(glass);
    }

    [Fact]
    public async Task Turns_away_whose_body_does_not_come()
    {
        using var glass = new Glass(Policy(1, "0s"));
        var pipe = new System.IO.Pipelines.Pipe();
        using var request = new TestContext("/low", "POST");
        (request.Http.Request.Body, request.Http.Request.ContentLength) = (pipe.Reader.AsStream(), 4);

        var sent = glass.SendAsync(request);
        await glass.RunUntilAsync(sent, TimeSpan.FromSeconds(1));

        Assert.Equal((408, 0, 1), (request.Status, glass.Forwarder.Calls, glass.Total(RequestOutcome.Refused, Place.Trust)));
        LayerContractTests.AssertNothingHeld(glass);
    }

    private static TaskCompletionSource Hang(Glass glass)
    {
        var backend = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        glass.Forwarder.Does = async _ =>
        {
            await backend.Task;
            return new(ForwardEnd.Answered, 200);
        };
        return backend;
    }
}
