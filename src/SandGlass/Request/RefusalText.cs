using System.Collections.Concurrent;

namespace SandGlass.Request;

/// <summary>
/// What a refusal says that is the same each time: made once for each layer, rule, reason, criticality and status, which are closed sets. A flood is
/// refused by one rule for one reason, so the last few are found without hashing their names.
/// </summary>
internal sealed class RefusalText
{
    private const int Near = 64;

    private static readonly ConcurrentDictionary<(Place, string, string, string?, int), RefusalText> Made = new();

    // Each spot holds one whole object, or none; who finds another's there looks it up.
    private static readonly RefusalText?[] Last = new RefusalText?[Near];

    private readonly Place _layer;
    private readonly string _rule;
    private readonly string _reason;
    private readonly string? _class;
    private readonly int _status;

    private RefusalText(in Rejection rejection)
    {
        (_layer, _rule, _reason, _class, _status) = (rejection.Layer, rejection.Rule, rejection.Reason, rejection.Class, rejection.Status);
        ProxyStatus = Request.ProxyStatus.Of(rejection);
        JsonBefore = Problem.JsonBefore(rejection);
    }

    /// <summary>The header <c>Proxy-Status</c>.</summary>
    public string ProxyStatus { get; }

    /// <summary>The body up to the trace id.</summary>
    public byte[] JsonBefore { get; }

    /// <summary>The text for a rejection.</summary>
    public static RefusalText Of(in Rejection rejection)
    {
        ref var last = ref Last[Spot(rejection)];
        return Volatile.Read(ref last) is { } text && text.IsOf(rejection) ? text : Find(rejection, ref last);
    }

    private static RefusalText Find(in Rejection rejection, ref RefusalText? last)
    {
        var key = (rejection.Layer, rejection.Rule, rejection.Reason, rejection.Class, rejection.Status);
        var text = Made.TryGetValue(key, out var made) ? made : Made.GetOrAdd(key, new RefusalText(rejection));
        Volatile.Write(ref last, text);
        return text;
    }

    // Tells a handful of rules apart, which is all it is for; who shares a spot takes turns in it.
    private static int Spot(in Rejection rejection) =>
        ((rejection.Rule.Length * 5) + (rejection.Rule is [.., var end] ? end : 0) + (rejection.Reason.Length * 11) + (rejection.Class?.Length ?? 0) + rejection.Status) & (Near - 1);

    private bool IsOf(in Rejection rejection) =>
        _layer == rejection.Layer && _status == rejection.Status
        && string.Equals(_rule, rejection.Rule, StringComparison.Ordinal) && string.Equals(_reason, rejection.Reason, StringComparison.Ordinal)
        && string.Equals(_class, rejection.Class, StringComparison.Ordinal);
}
