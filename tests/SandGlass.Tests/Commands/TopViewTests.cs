using System.Text.Json;
using SandGlass.Commands;
using Spectre.Console;
using Xunit;

namespace SandGlass.Tests.Commands;

public sealed class TopViewTests
{
    private static readonly string[] Layers = ["trust", "fallback", "switch", "rate-limit", "waiting-room", "coalesce", "shed", "break", "forward"];

    [Theory]
    [InlineData(79, 23)]
    [InlineData(79, 12)]
    [InlineData(40, 10)]
    [InlineData(19, 3)]
    [InlineData(200, 60)]
    public void Never_leaves_the_screen_and_shows_what_is_wrong_first(int width, int height)
    {
        var lines = TopView.Lines(Status(), width, height).Select(Markup.Remove).ToArray();

        Assert.InRange(lines.Length, 3, height);
        Assert.All(lines, line => Assert.True(line.Length <= width, $"{line.Length} of {width}: {line}"));
        Assert.StartsWith("double-11", lines[0], StringComparison.Ordinal);
        if (height >= 10)
        {
            Assert.StartsWith("alarm   transaction-slow", lines[3], StringComparison.Ordinal);
            Assert.StartsWith("policy  the last change", lines[4], StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Fits_the_whole_glass_the_chains_and_the_backends_on_the_smallest_terminal()
    {
        var text = string.Join('\n', TopView.Lines(Status(), 79, 23).Select(Markup.Remove));

        foreach (var word in (string[])[.. Layers, "CHAIN", "transaction", "peak for 12m 30s; steady in 17m 30s", "reviews-off on", "order open", "zero-hour running, 1 of 3 steps"])
        {
            Assert.Contains(word, text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_operators_typed_is_text()
    {
        var status = Status("\\u001b[2J[red]x[/]");
        var lines = TopView.Lines(status, 200, 60);

        Assert.All(lines, static line => Assert.NotNull(new Markup(line)));
        Assert.DoesNotContain("\u001b", string.Concat(lines), StringComparison.Ordinal);
        Assert.Contains("[red]x[/]", string.Join('\n', lines.Select(Markup.Remove)), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_an_event_and_traffic_there_are_dashes()
    {
        var empty = JsonDocument.Parse(Text("calm").Replace("\"perSecond\": 1234 }", "\"perSecond\": 0 }", StringComparison.Ordinal).Replace("\"event\": {", "\"event\": null, \"was\": {", StringComparison.Ordinal)).RootElement;

        var lines = TopView.Lines(empty, 79, 23).Select(Markup.Remove).ToArray();
        Assert.DoesNotContain(lines, static l => l.StartsWith("event", StringComparison.Ordinal));
        Assert.Contains(lines, static l => l.StartsWith("trust", StringComparison.Ordinal) && !l.Contains('█', StringComparison.Ordinal));
    }

    private static JsonElement Status(string reason = "slow") => JsonDocument.Parse(Text(reason)).RootElement;

    private static string Text(string reason)
    {
        var flow = """{ "total": 1, "perSecond": 1234 }""";
        return $$"""
        {
          "name": "double-11", "state": "ready", "revision": "abc", "uptimeSeconds": 90061,
          "requests": { "perSecond": 1234, "underWay": 3 },
          "machine": { "cpu": 0.5, "memoryMb": 412 },
          "event": { "phase": "peak", "phaseSeconds": 750, "next": "steady", "nextInSeconds": 1050, "phases": [] },
          "policy": { "lastReload": "rejected" },
          "alarms": [
            { "name": "quiet", "state": "quiet", "severity": "page", "text": "" },
            { "name": "transaction-slow", "state": "firing", "severity": "page", "text": "latency.p99 of transaction above 300ms for 30s" }
          ],
          "plans": [ { "id": "zero-hour", "state": "running", "done": 1, "steps": [ 1, 2, 3 ], "until": null, "by": "ann", "reason": "{{reason}}" } ],
          "switches": [ { "id": "reviews-off", "on": true, "until": "2026-11-11T00:30:00+00:00", "by": "ann", "reason": "{{reason}}" }, { "id": "off", "on": false } ],
          "layers": [ {{string.Join(", ", Layers.Select(l => $$"""{ "name": "{{l}}", "reached": {{flow}}, "answered": {{flow}}, "fallback": {{flow}}, "refused": {{flow}} }"""))}} ],
          "chains": [ {{string.Join(", ", new[] { "transaction", "fulfillment", "marketing", "after-sale" }.Select(static c => $$"""
            { "name": "{{c}}", "perSecond": 1234567, "p50Ms": 1, "p99Ms": 12.5, "outcomes": [ { "outcome": "served", "perSecond": 5 } ], "routes": [ { "name": "order", "breaker": "{{(c == "transaction" ? "open" : "closed")}}" } ] }
            """))}} ],
          "backends": [ { "name": "marketing", "inFlight": 1, "limit": 128, "queued": 0, "destinations": [ { "name": "a", "health": "ejected" } ] } ]
        }
        """;
    }
}
