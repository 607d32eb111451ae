using System.Text.Json;

namespace SandGlass.Request;

/// <summary>
/// A live request that asks about itself: with the policy's token in <c>X-SandGlass-Explain</c>, its answer carries the explanation in a
/// header of the same name, as JSON in ASCII. Without the token nothing happens, and nobody can tell whether there is one.
/// </summary>
public static class SelfExplanation
{
    /// <summary>The header of both.</summary>
    public const string Header = "X-SandGlass-Explain";

    /// <summary>Clients and proxies take about 8 KB of one header; what is longer loses its list of other routes, then its numbers.</summary>
    public const int MostBytes = 6 << 10;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Explains the request if it asks with the token. Before Trust, which takes the header off.</summary>
    /// <param name="http">The live request; it goes on untouched.</param>
    /// <param name="snapshot">The policy that it sees.</param>
    /// <param name="now">Monotonic ticks.</param>
    public static void Attach(HttpContext http, Policy.Snapshot snapshot, long now)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(snapshot);
        if (snapshot.ExplainToken is { } token && http.Request.Headers[Header] is [{ Length: > 0 } given] && token.Holds(given))
        {
            var text = Write(Explainer.Explain(snapshot, RehearsedRequest.Copy(http), now));
            // When the head goes out: refusals and failures clear what was set before.
            http.Response.OnStarting(() =>
            {
                http.Response.Headers[Header] = text;
                return Task.CompletedTask;
            });
        }
    }

    internal static string Write(Explanation explanation)
    {
        Explanation[] shorter =
        [
            explanation,
            explanation with { Others = [] },
            explanation with { Others = [], Url = "…", Path = "…", Steps = [.. explanation.Steps.Where(static s => s.Rule.Length > 0).Select(static s => s with { Numbers = new Dictionary<string, double>() })] },
            explanation with { Others = [], Url = "…", Path = "…", Steps = [] },
        ];
        return shorter.Select(static one => JsonSerializer.Serialize(one, Json)).FirstOrDefault(static text => text.Length <= MostBytes)
            ?? JsonSerializer.Serialize(new { end = explanation.End }, Json);
    }
}
