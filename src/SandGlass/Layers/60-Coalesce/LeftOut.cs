using System.Globalization;
using SandGlass.Policy;
using SandGlass.Request;

namespace SandGlass.Layers.Coalesce;

/// <summary>
/// The headers of a client that a shared fetch does not send. Whoever has a backend that needs one (a tenant, a key, a language) meets it as an answer
/// that is wrong for no reason to be seen; so <c>explain</c> and the log name them. Names are tokens, and at most so many and so long.
/// </summary>
internal static class LeftOut
{
    private const int MostNames = 8;
    private const int LongestName = 40;

    /// <summary>How often a route's are told at most.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(10);

    /// <summary>Their names, those first that not every client sends; null: none is left out.</summary>
    /// <param name="passage">The request.</param>
    /// <param name="plan">The route's rule.</param>
    /// <param name="learned">What is sent because answers are known to differ by it.</param>
    public static string? Of(Passage passage, CoalescePlan plan, IReadOnlyList<string> learned)
    {
        ArgumentNullException.ThrowIfNull(passage);
        var (own, usual) = (new List<string>(), new List<string>());
        for (var i = 0; i < passage.Kept.Count; i++)
        {
            var name = passage.Kept[i].Key;
            if (name.Length <= LongestName && HttpToken.Is(name) && !IsSent(name, plan, learned) && !IsOurs(name))
            {
                (PlainHeaders.All.Contains(name) ? usual : own).Add(name);
            }
        }

        string[] all = [.. own, .. usual];
        var rest = all.Length - MostNames;
        return all.Length == 0 ? null
            : string.Join(", ", all.Take(MostNames)) + (rest > 0 ? string.Create(CultureInfo.InvariantCulture, $" and {rest} more") : string.Empty);
    }

    /// <summary>Whether an answer's status may be for want of a header: not what says that a thing is not there, or too many asked.</summary>
    public static bool MayBeFor(int status) => status is 400 or 401 or 403 or 406 or 412 or 415 or 422 or 428;

    /// <summary>Of the headers by which an answer says that it differs, those that the client sent and the fetch did not; null: none.</summary>
    public static string? Varied(Passage passage, CoalescePlan plan, IReadOnlyList<string> learned, IReadOnlyList<string>? vary)
    {
        ArgumentNullException.ThrowIfNull(passage);
        string[] names = [.. (vary ?? []).Where(name => passage.Headers.ContainsKey(name) && !IsSent(name, plan, learned)).Take(MostNames)];
        return names.Length == 0 ? null : string.Join(", ", names);
    }

    private static bool IsSent(string name, CoalescePlan plan, IReadOnlyList<string> learned) =>
        plan.HeaderNames.Contains(name, StringComparer.OrdinalIgnoreCase) || plan.SentNames.Contains(name, StringComparer.OrdinalIgnoreCase)
        || (VaryKey.IsSent(name.ToLowerInvariant()) && learned.Contains(name, StringComparer.OrdinalIgnoreCase))
        || (plan.CookieNames.Length > 0 && name.Equals("Cookie", StringComparison.OrdinalIgnoreCase));

    // Written anew for every request, or of the connection, or about what the client keeps itself.
    private static bool IsOurs(string name) =>
        name[0] == ':' || name.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase) || name.StartsWith("If-", StringComparison.OrdinalIgnoreCase)
        || name.ToLowerInvariant() is "host" or "connection" or "keep-alive" or "te" or "upgrade" or "content-length" or "traceparent" or "accept-encoding" or "range";
}
