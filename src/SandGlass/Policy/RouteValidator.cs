using SandGlass.Layers.RateLimit;

namespace SandGlass.Policy;

/// <summary>Routes: what they name, what they match, and that no two match the same.</summary>
internal static class RouteValidator
{
    public static void Validate(GatewayPolicy policy, Findings findings)
    {
        var taken = new Dictionary<string, string>(StringComparer.Ordinal);
        var readable = new List<(string Name, RouteMatchPolicy Match, PathPattern Path)>(policy.Routes.Count);
        foreach ((string name, RoutePolicy route) in policy.Routes)
        {
            string at = JsonPointer.Of("routes", name);
            References(policy, route, at, findings);
            PathPattern? path = Match(route, at, findings);
            if (path is not null)
            {
                Keys(policy, route, path, at, findings);
                Taken(taken, name, route, path, at, findings);
                readable.Add((name, route.Match, path));
            }

            AttemptValidator.Validate(policy, route, at, findings);
            Wisdom(policy, route, at, findings);
        }

        ReachValidator.Validate(policy, readable, findings);
    }

    private static void References(GatewayPolicy policy, RoutePolicy route, string at, Findings findings)
    {
        findings.Refer(PolicyRules.NoChain, at + "/chain", "chain", route.Chain, Names.Of(policy.Chains));
        if (route.Backend is { } backend)
        {
            findings.Refer(PolicyRules.NoBackend, at + "/backend", "backend", backend, Names.Of(policy.Backends));
        }
        else if (!findings.IsWritten(at + "/answer") && policy.Chains.ContainsKey(route.Chain) && !policy.Backends.ContainsKey(route.Chain))
        {
            findings.Add(PolicyRules.NoBackend, at,
                $"needs \"backend\" or \"answer\": there is no backend named like its chain {Words.Quote(route.Chain)}");
        }

        if (route.Backend is not null && route.Answer is not null)
        {
            findings.Add(PolicyRules.BackendOrAnswer, at + "/answer", "a route has \"backend\" or \"answer\", not both; take one out");
        }

        if (route.Answer is { } answer)
        {
            findings.Refer(PolicyRules.NoFallback, at + "/answer", "fallback", answer, Names.Of(policy.Fallbacks));
            if (policy.Fallbacks.TryGetValue(answer, out var given) && given is { LastGood: not null } or { Backend: not null })
            {
                findings.Add(PolicyRules.AnswerRepeats, at + "/answer", $"{Words.Quote(answer)} is what a backend answers, but none is ever asked here; name one with a body");
            }
        }

        if (route.Fallback is { } fallback)
        {
            findings.Refer(PolicyRules.NoFallback, at + "/fallback", "fallback", fallback, Names.Of(policy.Fallbacks));
        }

        for (int i = 0; i < route.RateLimits.Count; i++)
        {
            findings.Refer(PolicyRules.NoRateLimit, JsonPointer.To(at + "/rateLimits", PolicyNode.IndexKey(i)), "rate limit", route.RateLimits[i], Names.Of(policy.RateLimits));
        }
    }

    private static PathPattern? Match(RoutePolicy route, string at, Findings findings)
    {
        IReadOnlyList<string> methods = route.Match.Methods ?? [];
        for (int i = 0; i < methods.Count; i++)
        {
            string method = methods[i];
            if (method.Length > 0 && (!HttpToken.Is(method) || method.Any(char.IsAsciiLetterLower) || method is "TRACE" or "CONNECT"))
            {
                string capitals = method.ToUpperInvariant();
                findings.Add(PolicyRules.BadMethod, JsonPointer.To(at + "/match/methods", PolicyNode.IndexKey(i)),
                    capitals is "TRACE" or "CONNECT" ? $"{capitals} is never served; take it out"
                    : HttpToken.Is(method) ? $"methods are compared by case; write {Words.Quote(capitals)}"
                    : $"{Words.Quote(method)} is no method; write \"GET\", \"POST\", …");
            }
        }

        HostPattern.Check(route.Match.Hosts ?? [], at + "/match/hosts", findings);
        if (route.Match.Path.Length == 0)
        {
            return null;
        }

        PathPattern? path = PathPattern.Parse(route.Match.Path, out string? wrong);
        if (path is null)
        {
            findings.Add(PolicyRules.BadPath, at + "/match/path", wrong!);
        }

        return path;
    }

    /// <summary>A key part path:x needs {x} in the path of each route that uses it.</summary>
    private static void Keys(GatewayPolicy policy, RoutePolicy route, PathPattern path, string at, Findings findings)
    {
        for (int i = 0; i < route.RateLimits.Count; i++)
        {
            if (policy.RateLimits.TryGetValue(route.RateLimits[i], out RateLimitPolicy? limit) && Lacking(limit.Key, path) is { } part)
            {
                findings.Add(PolicyRules.NoParameter, JsonPointer.To(at + "/rateLimits", PolicyNode.IndexKey(i)),
                    $"the limit's key is \"path:{part}\", but {Words.Quote(route.Match.Path)} has no {{{part}}}; name the parameter so, or key the limit otherwise");
            }
        }

        if (route.HotKeys is { } hot && Lacking(hot.Key, path) is { } unknown)
        {
            findings.Add(PolicyRules.NoParameter, at + "/hotKeys/key",
                $"the key is \"path:{unknown}\", but {Words.Quote(route.Match.Path)} has no {{{unknown}}}; name the parameter so, or use \"path\"");
        }

        if (route.Coalesce?.Key is { } key && Lacking(key, path) is { } missing)
        {
            findings.Add(PolicyRules.NoParameter, at + "/coalesce/key",
                $"the key is \"path:{missing}\", but {Words.Quote(route.Match.Path)} has no {{{missing}}}; name the parameter so, or use \"path\"");
        }
    }

    private static string? Lacking(IReadOnlyList<string> key, PathPattern path)
    {
        foreach (string text in key)
        {
            if (KeyPart.TryParse(text, out KeyPart part) && part.Kind == KeyPartKind.PathParameter && !path.HasParameter(part.Name))
            {
                return Words.Visible(part.Name);
            }
        }

        return null;
    }

    /// <summary>Each method and host of a shape belongs to one route. "Any" is a rank of its own: whoever names the method wins over it.</summary>
    private static void Taken(Dictionary<string, string> taken, string name, RoutePolicy route, PathPattern path, string at, Findings findings)
    {
        string shape = path.Shape;
        IEnumerable<string> hosts = (route.Match.Hosts ?? [""]).Select(host => host.ToLowerInvariant());
        foreach (string host in hosts.Distinct())
        {
            foreach (string method in (route.Match.Methods ?? [""]).Distinct())
            {
                string key = $"{shape} {method} {host}";
                if (!taken.TryAdd(key, name) && taken[key] is var other && other != name)
                {
                    findings.Add(PolicyRules.SameMatch, at + "/match/path",
                        $"takes the same requests as the route {Words.Quote(other)}; change the path, methods or hosts of one");
                    return;
                }
            }
        }
    }

    private static void Wisdom(GatewayPolicy policy, RoutePolicy route, string at, Findings findings)
    {
        Criticality? rank = route.Criticality ?? policy.Chains.GetValueOrDefault(route.Chain)?.Criticality;
        if (rank >= Criticality.Critical && route.Timeout is null && !findings.IsWritten(at + "/answer") && !findings.IsWritten(at + "/timeout"))
        {
            findings.Add(PolicyRules.NoTimeout, at, "a critical route without \"timeout\" waits the default of 10 s for a slow backend; write what a client still waits for, like \"3s\"");
        }

        if (route.Coalesce is not null && route.Match.Methods is { } methods && !methods.Contains("GET") && !methods.Contains("HEAD"))
        {
            findings.Add(PolicyRules.NoEffect, at + "/coalesce", "only GET and HEAD are coalesced, and this route takes neither");
        }
    }
}
