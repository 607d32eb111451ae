using SandGlass.Policy;

namespace SandGlass.Request;

/// <summary>What would become of one request now, and why: what <c>explain</c> tells.</summary>
/// <param name="Revision">Of the policy that was asked.</param>
/// <param name="Method">The request's method.</param>
/// <param name="Url">Its target as it was given.</param>
/// <param name="Path">The path in its one normal form: what is matched, keyed and forwarded.</param>
/// <param name="Client">Who asks, and how that was found.</param>
/// <param name="Route">The route; null where none takes it, or where Trust refuses the request before.</param>
/// <param name="Others">Why others do not take it: first those that come closest.</param>
/// <param name="OtherCount">How many others there are, also those that are not in the list.</param>
/// <param name="Steps">Each rule on the way.</param>
/// <param name="End">How it ends.</param>
public sealed record Explanation(
    string Revision,
    string Method,
    string Url,
    string Path,
    ExplainedClient Client,
    ExplainedRoute? Route,
    IReadOnlyList<OtherRoute> Others,
    int OtherCount,
    IReadOnlyList<ExplainedStep> Steps,
    ExplainedEnd End);

/// <summary>Three separate facts: who holds the connection, who the client is, and how that was derived.</summary>
/// <param name="Peer">The TCP peer.</param>
/// <param name="Address">The client.</param>
/// <param name="Key">What counts as one client: the address, or the network of an IPv6 one.</param>
/// <param name="Trusted">Whether the peer's word counts.</param>
/// <param name="How">In words.</param>
/// <param name="Dropped">Headers that Trust took off.</param>
public sealed record ExplainedClient(string Peer, string Address, string Key, bool Trusted, string How, IReadOnlyList<string> Dropped);

/// <summary>The route that takes the request.</summary>
public sealed record ExplainedRoute(
    string Name,
    string Chain,
    string Criticality,
    string? Backend,
    string? Answer,
    string Pattern,
    string Timeout,
    IReadOnlyDictionary<string, string> Parameters);

/// <summary>A route that does not take the request.</summary>
public sealed record OtherRoute(string Route, string Why);

/// <summary>One rule on the way.</summary>
/// <param name="Layer">The layer's word.</param>
/// <param name="Rule">The rule's name; empty where the layer has none on this route.</param>
/// <param name="Mode">"enforce", "shadow" or "none".</param>
/// <param name="EnforcePercent">On how many of the clients it acts.</param>
/// <param name="Acts">Whether it acts on this client.</param>
/// <param name="Reached">Whether the request gets this far.</param>
/// <param name="Verdict">"admit", "refuse", "wait", "answer" or "none".</param>
/// <param name="Would">Whether it does not act, but would have done something if it did: what <c>sandglass_shadow_total</c> counts.</param>
/// <param name="Text">One line for people.</param>
/// <param name="Numbers">What it looked at.</param>
public sealed record ExplainedStep(
    string Layer,
    string Rule,
    string Mode,
    double EnforcePercent,
    bool Acts,
    bool Reached,
    string Verdict,
    bool Would,
    string Text,
    IReadOnlyDictionary<string, double> Numbers);

/// <summary>How the request ends.</summary>
/// <param name="Outcome">"forward" where a backend is asked, else one of the outcomes of <see cref="RequestOutcome"/>.</param>
/// <param name="Layer">The layer that ends it; empty where a backend is asked.</param>
/// <param name="Status">HTTP status; 0 where the backend says it.</param>
/// <param name="Text">One line for people.</param>
public sealed record ExplainedEnd(string Outcome, string Layer, int Status, string Text);
