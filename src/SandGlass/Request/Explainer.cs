using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http.Features;
using SandGlass.Layers.Trust;
using SandGlass.Policy;
using SandGlass.Yarp;

namespace SandGlass.Request;

/// <summary>
/// Takes a request through the glass without touching anything: asks every rule of its route what it would decide now, by the same
/// snapshot, route table and state as live requests. Nothing is charged, held or counted, so it may be asked at any time.
/// </summary>
public static class Explainer
{
    /// <summary>Explains one request.</summary>
    /// <param name="snapshot">The policy and, by its rules, what has happened.</param>
    /// <param name="http">The request; Trust takes off headers as it does live, so this is a copy that nobody else uses.</param>
    /// <param name="now">Monotonic ticks.</param>
    public static Explanation Explain(Snapshot snapshot, HttpContext http, long now)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        ArgumentNullException.ThrowIfNull(http);
        var url = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var passage = new Passage(1) { IsRehearsal = true };
        passage.Begin(http, snapshot, now);
        var walk = new Rehearsal(passage, now);
        var story = walk.Ask(snapshot.Trust);
        IReadOnlyList<OtherRoute> others = [];
        if (walk.End is null)
        {
            var host = HostName.WithoutPort(http.Request.Host.Value);
            passage.Take(snapshot.Table.Find(http.Request.Method, host, passage.Path, ref passage.Values) ?? snapshot.NoRoute);
            others = OtherRoutes.Of(snapshot, passage, http.Request.Method, host.ToString());
            if (passage.Route == snapshot.NoRoute)
            {
                walk.End = new("refused", Place.None.Word(), StatusCodes.Status404NotFound, "no route takes it");
            }
        }

        var found = passage.Route == snapshot.NoRoute ? null : passage.Route;
        if (found is not null)
        {
            passage.Choose(found.Backend?.InCharge(passage, now));
            walk.AskAll(found);
        }

        return new(
            snapshot.Revision,
            http.Request.Method,
            url,
            passage.Path.ToString(),
            new(
                passage.Peer.Text ?? "unknown",
                passage.Client.Text ?? "unknown",
                KeyText(passage.Client, snapshot.Trust.ClientPrefixV6),
                passage.FromTrustedProxy,
                story.Text,
                [.. passage.Dropped]),
            found is null ? null : Route(found, passage),
            others,
            snapshot.Routes.Count - (found is null ? 0 : 1),
            walk.Steps,
            walk.End ?? Forward(passage));
    }

    private static ExplainedRoute Route(RoutePlan route, Passage passage)
    {
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < Math.Min(route.Parameters.Count, RouteValues.Most); i++)
        {
            var (start, length) = passage.Values[i];
            parameters[route.Parameters[i]] = passage.Target.Substring(start, length);
        }

        return new(
            route.Name,
            route.Chain,
            passage.Criticality.Word(),
            route.Backend?.Name,
            route.Answer?.Name,
            route.Pattern.ToString(),
            new Duration(passage.Timeout).ToString(),
            parameters);
    }

    private static ExplainedEnd Forward(Passage passage) => passage.Route switch
    {
        { Answer: { } answer } => new("served", Place.Forward.Word(), answer.Status, $"answered with {answer.Name}, without a backend"),
        { Backend: { } backend } => new("forward", string.Empty, 0, Asks(backend, passage.Backend ?? backend)),
        _ => throw new InvalidOperationException("A route has a backend or an answer."),
    };

    private static string Asks(BackendPlan named, BackendPlan asked)
    {
        var places = string.Join(", ", asked.Destinations.Select(static d => d.Name));
        return asked == named ? $"asks backend {named.Name} ({places})"
            : $"asks backend {asked.Name} ({places}), which stands in for {named.Name}";
    }

    private static string KeyText(in ClientAddress client, int prefix)
    {
        if (!client.IsV6 || prefix >= 128 || client.Key(prefix) == client.Bits)
        {
            return client.Text ?? "unknown";
        }

        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, client.Key(prefix));
        return string.Create(CultureInfo.InvariantCulture, $"{new IPAddress(bytes)}/{prefix}");
    }
}
