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
            if (coalesce.MaxBytes.Bytes > policy.Cache.MaxBytes.Bytes)
            {
                findings.Add(PolicyRules.WrongOrder, findings.IsWritten(at + "/maxBytes") ? at + "/maxBytes" : "/cache/maxBytes",
                    $"one answer may have {coalesce.MaxBytes}, but cache.maxBytes is {policy.Cache.MaxBytes}; lower the one or raise the other");
            }
        }
    }
}
