using SandGlass.Policy;

namespace SandGlass.Layers.Coalesce;

/// <summary>Coalescing: keys that can be taken, answers that fit into the room there is.</summary>
internal static class CoalesceValidator
{
    private static void Ladder(GatewayPolicy policy, string name, RoutePolicy route, Findings findings)
    {
        if (route is { Coalesce.For: CoalesceFor.Hot, HotKeys: null })
        {
            findings.Add(PolicyRules.NoEffect, JsonPointer.Of("routes", name, "coalesce") + "/for", "\"hot\" shares nothing without \"hotKeys\" on the route, which find what is hot; write them, or leave it out");
        }

        if (route.HotKeys?.Ladder is not { } ladder)
        {
            return;
        }

        string at = JsonPointer.Of("routes", name, "hotKeys") + "/ladder";
        if (ladder.Fallback is { } fallback)
        {
            findings.Refer(PolicyRules.NoFallback, at + "/fallback/use", "fallback", fallback.Use, Names.Of(policy.Fallbacks));
            if (ladder.Limit is null)
            {
                findings.Add(PolicyRules.NoEffect, at + "/fallback", "nobody is sent there without \"limit\"; write it");
            }
        }

        foreach (string rung in (string[])["coalesce", "cache", "stale"])
        {
            if (route.Coalesce is null && findings.IsWritten($"{at}/{rung}"))
            {
                findings.Add(PolicyRules.NoEffect, $"{at}/{rung}", $"\"{rung}\" does nothing without \"coalesce\" on the route; write it there");
            }
        }
    }

    public static void Validate(GatewayPolicy policy, Findings findings)
    {
        foreach ((string name, RoutePolicy route) in policy.Routes)
        {
            KeyPart.Check(route.HotKeys?.Key ?? [], JsonPointer.Of("routes", name, "hotKeys") + "/key", wholePath: true, findings);
            Ladder(policy, name, route, findings);
            if (route.Coalesce is not { } coalesce)
            {
                continue;
            }

            string at = JsonPointer.Of("routes", name, "coalesce");
            KeyPart.Check(coalesce.Key ?? [], at + "/key", wholePath: true, findings);
            for (int i = 0; i < coalesce.Send.Count; i++)
            {
                if (!HttpToken.Is(coalesce.Send[i]) || !VaryKey.IsSent(coalesce.Send[i].ToLowerInvariant()))
                {
                    findings.Add(PolicyRules.BadKeyPart, JsonPointer.To(at + "/send", PolicyNode.IndexKey(i)), $"{Words.Quote(coalesce.Send[i])} is no header that a shared fetch may send; write names of headers, but not Cookie or Authorization");
                }
            }

            if (coalesce.MaxBytes.Bytes > policy.Cache.MaxBytes.Bytes)
            {
                findings.Add(PolicyRules.WrongOrder, findings.IsWritten(at + "/maxBytes") ? at + "/maxBytes" : "/cache/maxBytes",
                    $"one answer may have {coalesce.MaxBytes}, but cache.maxBytes is {policy.Cache.MaxBytes}; lower the one or raise the other");
            }
        }
    }
}
