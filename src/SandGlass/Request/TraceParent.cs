using System.Buffers;
using Microsoft.Extensions.Primitives;

namespace SandGlass.Request;

/// <summary>Reads <c>traceparent</c> (W3C Trace Context §3.2): version, trace id, parent id, flags.</summary>
internal static class TraceParent
{
    private static readonly SearchValues<char> LowerHex = SearchValues.Create("0123456789abcdef");

    /// <summary>Whether there is one, and it is well formed (version 00).</summary>
    public static bool IsValid(in StringValues values) =>
        values is [{ Length: 55 } text] && text[2] == '-' && text[35] == '-' && text[52] == '-'
        && !text.AsSpan(0, 2).ContainsAnyExcept(LowerHex) && !text.AsSpan(3, 32).ContainsAnyExcept(LowerHex)
        && !text.AsSpan(36, 16).ContainsAnyExcept(LowerHex) && !text.AsSpan(53, 2).ContainsAnyExcept(LowerHex);

    /// <summary>The trace id of a valid one.</summary>
    public static ReadOnlySpan<char> TraceId(in StringValues values) => values[0].AsSpan(3, 32);
}
