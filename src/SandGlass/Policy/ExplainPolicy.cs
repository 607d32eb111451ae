namespace SandGlass.Policy;

/// <summary>Requests that may ask what becomes of them: the answer is the response header X-SandGlass-Explain.</summary>
public sealed record ExplainPolicy
{
    /// <summary>
    /// Where the token is that such a request carries in its header X-SandGlass-Explain: "env:NAME" or "file:PATH". Never the token itself.
    /// Needed. Whoever has it sees names of routes and rules, and numbers of his own quota; no secrets.
    /// </summary>
    [Needed]
    public string Token { get; init; } = "";
}
