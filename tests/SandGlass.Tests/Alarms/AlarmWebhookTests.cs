using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using SandGlass.Alarms;
using SandGlass.Algorithms.Alarms;
using SandGlass.Policy;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Alarms;

public sealed class AlarmWebhookTests
{
    private static readonly DateTimeOffset Fired = new(2026, 11, 11, 0, 0, 7, TimeSpan.FromHours(8));

    private readonly TestClock _clock = new();
    private readonly ListLog _log = new();

    [Fact]
    public async Task Tells_of_the_beginning_and_of_the_end_in_alertmanagers_form()
    {
        using var sink = new Sink();
        await using var webhook = Make(sink, new(new("http://pager.example/x/s3cret"), "t0ken", AlarmSeverity.Ticket));

        webhook.Tell(Alarm(AlarmPosition.Firing));
        webhook.Tell(Alarm(AlarmPosition.Quiet));
        await Eventually.TrueAsync(() => webhook.Totals.Sent == 2, "both are told");

        var (firing, over) = (sink.Bodies[0], sink.Bodies[1]);
        Assert.Equal(("4", "firing", "resolved"), (firing.GetProperty("version").GetString(), firing.GetProperty("status").GetString(), over.GetProperty("status").GetString()));
        Assert.Equal(firing.GetProperty("groupKey").GetString(), over.GetProperty("groupKey").GetString());
        foreach (var name in new[] { "receiver", "groupLabels", "commonLabels", "commonAnnotations", "externalURL", "truncatedAlerts" })
        {
            Assert.True(firing.TryGetProperty(name, out _), name);
        }

        var (one, end) = (firing.GetProperty("alerts")[0], over.GetProperty("alerts")[0]);
        Assert.Equal(one.GetProperty("fingerprint").GetString(), end.GetProperty("fingerprint").GetString());
        Assert.Matches("^[0-9a-f]{16}$", one.GetProperty("fingerprint").GetString()!);
        Assert.Equal(("slow", "page", "transaction"), (Label(one, "alertname"), Label(one, "severity"), Label(one, "chain")));
        Assert.Equal((Fired, Fired), (one.GetProperty("startsAt").GetDateTimeOffset(), end.GetProperty("startsAt").GetDateTimeOffset()));
        Assert.Equal((DateTimeOffset.MinValue, _clock.GetUtcNow()), (one.GetProperty("endsAt").GetDateTimeOffset(), end.GetProperty("endsAt").GetDateTimeOffset()));
        Assert.Equal("Bearer t0ken", sink.Authorizations.Distinct().Single());
    }

    [Fact]
    public async Task Tries_again_with_growing_pauses_and_keeps_the_order()
    {
        using var sink = new Sink { Answer = HttpStatusCode.ServiceUnavailable };
        await using var webhook = Make(sink);
        webhook.Tell(Alarm(AlarmPosition.Firing));
        webhook.Tell(Alarm(AlarmPosition.Quiet));
        await Eventually.TrueAsync(() => webhook.Totals.Retried == 1 && _clock.Waiting > 0, "it waits for its second try");

        // The first pause is a second at most, the second two.
        _clock.Advance(TimeSpan.FromSeconds(1));
        await Eventually.TrueAsync(() => webhook.Totals.Retried == 2 && _clock.Waiting > 0, "it waits for its third try");
        _clock.Advance(TimeSpan.FromSeconds(0.9));
        Assert.Equal(2, sink.Bodies.Count);
        sink.Answer = HttpStatusCode.OK;
        _clock.Advance(TimeSpan.FromSeconds(1.1));
        await Eventually.TrueAsync(() => webhook.Totals.Sent == 2, "both are told");

        Assert.Equal(["firing", "firing", "firing", "resolved"], sink.Bodies.Select(static b => b.GetProperty("status").GetString()));
        Assert.Equal((2, 2, 0, 0), webhook.Totals);
    }

    [Theory]
    [InlineData(HttpStatusCode.BadRequest, 1)]
    [InlineData(HttpStatusCode.Redirect, 1)]
    [InlineData(HttpStatusCode.TooManyRequests, AlarmWebhook.MostTries)]
    [InlineData(HttpStatusCode.BadGateway, AlarmWebhook.MostTries)]
    public async Task Gives_up_and_says_so_without_the_address(HttpStatusCode answer, int tries)
    {
        using var sink = new Sink { Answer = answer };
        await using var webhook = Make(sink);

        webhook.Tell(Alarm(AlarmPosition.Firing));
        await Eventually.TrueAsync(
            () =>
            {
                // Time passes in its pauses only: an attempt that is under way shall not run out of it.
                if (webhook.Totals.Retried == sink.Bodies.Count && _clock.Waiting > 0)
                {
                    _clock.Advance(TimeSpan.FromSeconds(1));
                }

                return webhook.Totals.Failed == 1;
            },
            "it is given up");

        Assert.Equal(tries, sink.Bodies.Count);
        var line = Assert.Single(_log.Lines).Text;
        Assert.Contains($"{(int)answer}", line, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keeps_the_newest_when_too_many_wait()
    {
        using var sink = new Sink { Held = true };
        await using var webhook = Make(sink);
        webhook.Tell(Alarm(AlarmPosition.Firing));
        await Eventually.TrueAsync(() => sink.Bodies.Count == 1, "the first is under way");

        for (var i = 0; i < AlarmWebhook.Capacity + 10; i++)
        {
            webhook.Tell(Alarm(AlarmPosition.Firing) with { Name = $"a{i}" });
        }

        Assert.Equal((AlarmWebhook.Capacity, 10), (webhook.Waiting, (int)webhook.Totals.Dropped));
        sink.Held = false;
        await Eventually.TrueAsync(() => webhook.Totals.Sent == AlarmWebhook.Capacity + 1, "all that were kept are told");
        Assert.Equal($"a{AlarmWebhook.Capacity + 9}", Label(sink.Bodies[^1].GetProperty("alerts")[0], "alertname"));
    }

    [Fact]
    public async Task Tells_nothing_less_severe_than_it_was_asked_for()
    {
        using var sink = new Sink();
        await using var webhook = Make(sink, new(new("http://pager.example/"), null, AlarmSeverity.Page));

        webhook.Tell(Alarm(AlarmPosition.Firing) with { Severity = AlarmSeverity.Ticket });
        webhook.Tell(Alarm(AlarmPosition.Firing) with { Name = "paged" });
        await Eventually.TrueAsync(() => webhook.Totals.Sent == 1, "one is told");

        Assert.Equal("paged", Label(Assert.Single(sink.Bodies).GetProperty("alerts")[0], "alertname"));
    }

    private static string? Label(JsonElement alert, string name) => alert.GetProperty("labels").GetProperty(name).GetString();

    private static AlarmStatus Alarm(AlarmPosition position) => new(
        "slow", "latency.p99 of transaction above 300ms for 30s", "look at the orders", "latency.p99", "transaction", AlarmSeverity.Page, position, 0.42, Fired, Fired);

    private AlarmWebhook Make(Sink sink, WebhookPlan? plan = null) =>
        new(() => (plan ?? new(new("http://pager.example/x/s3cret"), null, AlarmSeverity.Info), "double-11", "http://127.0.0.1:9901"), sink, _clock, 7, _log);

    private sealed class Sink : HttpMessageHandler
    {
        private readonly ConcurrentQueue<JsonElement> _bodies = new();
        private readonly ConcurrentQueue<string?> _authorizations = new();
        private readonly TaskCompletionSource _free = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private volatile bool _held;

        public HttpStatusCode Answer { get; set; } = HttpStatusCode.OK;

        public bool Held
        {
            set
            {
                _held = value;
                if (!value)
                {
                    _free.TrySetResult();
                }
            }
        }

        public IReadOnlyList<JsonElement> Bodies => [.. _bodies];

        public IReadOnlyList<string?> Authorizations => [.. _authorizations];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            _authorizations.Enqueue(request.Headers.Authorization?.ToString());
            _bodies.Enqueue(JsonDocument.Parse(await request.Content!.ReadAsByteArrayAsync(cancellationToken)).RootElement);
            if (_held)
            {
                await _free.Task.WaitAsync(cancellationToken);
            }

            return new(Answer);
        }
    }
}
