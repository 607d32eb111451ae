using SandGlass.Policy;

namespace SandGlass.Layers.Coalesce;

/// <summary>Coalescing: keys that can be taken, answers that fit into the room there is.</summary>
internal static class CoalesceValidator
{
    public static void Validate(GatewayPolicy policy, Findings findings)
    {
        foreach ((string name, RoutePolicy route) in policy.Routes)
        {
            KeyPart.Check(route.HotKeys?.Key ?? [], JsonPointer.Of("routes", name, "hotKeys") + "/key", wholePath: true, findings);
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
