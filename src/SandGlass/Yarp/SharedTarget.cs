using System.Text;
using SandGlass.Layers.Coalesce;
using SandGlass.Request;

namespace SandGlass.Yarp;

/// <summary>The target of a shared fetch: the path, and of the query only what is in the key, in the key's order.</summary>
internal static class SharedTarget
{
    /// <summary>The target for this passage.</summary>
    public static string Of(Passage passage, CoalescePlan plan)
    {
        if (plan.QueryNames is not { } names || passage.PathLength == passage.Target.Length)
        {
            return passage.Target;
        }

        var target = new StringBuilder(passage.Target, 0, passage.PathLength, passage.Target.Length);
        var mark = '?';
        foreach (var name in names)
        {
            if (Request.QueryString.TryFind(passage.Query, name, out var value))
            {
                target.Append(mark).Append(name).Append('=').Append(value);
                mark = '&';
            }
        }

        return target.ToString();
    }
}
