using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using SandGlass.Algorithms;
using SandGlass.Policy;
using SandGlass.Request;

namespace SandGlass.Layers.Trust;

/// <summary>
/// The first ring: who is it, and is this a request that all behind us will read alike? It gives the request its client, its one normal
/// target, and the headers that may go on. Costs one walk over the headers, which the forwarder then does not repeat. Stands first,
/// because every key and every log line after it leans on what it says.
/// </summary>
public sealed class TrustLayer : Layer<TrustPlan>
{
    /// <inheritdoc/>
    public override Place Place => Place.Trust;

    /// <summary>A request that Trust cannot judge is refused.</summary>
    public override bool FailsOpen => false;

    /// <inheritdoc/>
    protected override Verdict Decide(Passage passage, TrustPlan plan, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(plan);
        var http = passage.Http;
        TakePeer(passage, plan);

        var problem = TakeHeaders(passage, plan)
            ?? TakeTarget(passage)
            ?? Framing.Check(http.Request)
            ?? TakeHost(http.Request);
        if (problem is not null)
        {
            return Verdict.Refuse(problem, 0, 0);
        }

        if (http.Request.ContentLength > plan.MostBody)
        {
            return Verdict.Refuse("body-too-large", http.Request.ContentLength.Value, 0);
        }

        if (plan.RefusesDirectAccess && !passage.FromTrustedProxy)
        {
            return Verdict.Refuse("direct-access", 0, 0);
        }

        return plan.Knows(HostName.WithoutPort(http.Request.Host.Value)) ? Verdict.Admit : Verdict.Refuse("unknown-host", 0, 0);
    }

    /// <summary>How the client was found, in one line of the policy's words; to be asked after the decision.</summary>
    internal static string Story(Passage passage, TrustPlan plan)
    {
        ArgumentNullException.ThrowIfNull(passage);
        return ClientStory.Of(passage.Derivation, plan);
    }

    /// <inheritdoc/>
    protected override RuleExplanation Explain(Passage passage, TrustPlan plan, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        var verdict = Decide(passage, plan, now);
        var story = Story(passage, plan);
        return new(verdict, verdict.Admitted ? story : $"{verdict.Reason}; {story}");
    }

    /// <inheritdoc/>
    protected override Rejection Reject(Passage passage, TrustPlan plan, in Verdict verdict)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var status = verdict.Reason switch
        {
            "body-too-large" => StatusCodes.Status413PayloadTooLarge,
            "direct-access" => StatusCodes.Status403Forbidden,
            "unknown-host" => plan.UnknownHostStatus,
            _ => StatusCodes.Status400BadRequest,
        };
        return new(Place.Trust, verdict.Reason, status, verdict.Reason, Replaceable: false);
    }

    private static void TakePeer(Passage passage, TrustPlan plan)
    {
        passage.Client = passage.Peer = ClientAddress.From(passage.Http.Connection.RemoteIpAddress);
        var isProxy = plan.TrustedProxies.Contains(passage.Peer);
        passage.FromTrustedProxy = isProxy && ProofHolds(passage, plan);
        passage.Derivation = new(passage.FromTrustedProxy ? DerivationEnd.Unnamed : isProxy ? DerivationEnd.Unproven : DerivationEnd.Stranger, null);
    }

    private static string? TakeTarget(Passage passage)
    {
        var raw = passage.Http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (!raw.StartsWith('/') && raw.IndexOf("://", StringComparison.Ordinal) is var scheme and > 0)
        {
            // Absolute form; Kestrel has already held its authority against Host.
            var slash = raw.IndexOfAny(['/', '?'], scheme + 3);
            raw = slash < 0 ? "/" : raw[slash] == '?' ? "/" + raw[slash..] : raw[slash..];
        }

        return RequestTarget.TryNormalise(raw, out passage.Target, out passage.PathLength);
    }

    // Whoever keys by the host, and the backend that is told of it, are given one spelling: an answer that one client has fetched is another's, and what
    // the backend makes of odd spellings must not become everybody's.
    private static string? TakeHost(HttpRequest request)
    {
        var host = request.Host.Value;
        if (HostName.Check(host) is { } problem)
        {
            return problem;
        }

        var normal = HostName.Normal(host!, request.Scheme);
        if (!ReferenceEquals(normal, host))
        {
            request.Host = new(normal);
        }

        return null;
    }

    // One walk: what may go on is kept for the forwarder, what may not is dropped and, from strangers, counted.
    private static string? TakeHeaders(Passage passage, TrustPlan plan)
    {
        var kept = passage.Kept;
        var headers = passage.Headers;
        var dropped = passage.Dropped;
        string? problem = null;
        foreach (var header in headers)
        {
            problem ??= HeaderText.Check(header.Key, header.Value);
            if (ForwardingHeaders.LabelOf(header.Key) is { } label)
            {
                dropped.Add(header.Key);
                if (passage.FromTrustedProxy)
                {
                    TakeDeadline(passage, header.Key, header.Value);
                }
                else if (!passage.IsRehearsal)
                {
                    plan.Spoofed.Count(label);
                }
            }
            else if (plan.Stops(header.Key, passage.FromTrustedProxy))
            {
                dropped.Add(header.Key);
                if (!passage.FromTrustedProxy && !passage.IsRehearsal)
                {
                    plan.Spoofed.Count(ForwardingHeaders.Named);
                }
            }
            else
            {
                kept.Add(header.Key, header.Value);
            }
        }

        if (passage.FromTrustedProxy)
        {
            DeriveClient(passage, plan);
        }

        foreach (var name in dropped)
        {
            headers.Remove(name);
        }

        return problem ?? Framing.DropNominated(headers, kept);
    }

    // It can only shorten what the route allows, and running out of it is held against nobody. Nonsense is dropped like the rest.
    private static void TakeDeadline(Passage passage, string name, in StringValues value)
    {
        if (name.Equals(ForwardingHeaders.Deadline, StringComparison.OrdinalIgnoreCase)
            && int.TryParse(value.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var ms))
        {
            passage.WaitsMs = Math.Max(1, ms);
        }
    }

    private static void DeriveClient(Passage passage, TrustPlan plan)
    {
        foreach (var name in plan.ClientIpHeaders)
        {
            if (passage.Headers.TryGetValue(name, out var values) && values.Count > 0)
            {
                passage.Client = ClientDerivation.Derive(name, values, passage.Peer, plan.TrustedProxies, out var end);
                passage.Derivation = new(end, name);
                return;
            }
        }
    }

    private static bool ProofHolds(Passage passage, TrustPlan plan)
    {
        if (plan.Proof is null)
        {
            return true;
        }

        var given = passage.Headers[plan.Proof.Header];
        return given.Count == 1 && plan.Proof.Secrets.Holds(given.ToString());
    }
}
