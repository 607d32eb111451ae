using System.Text;

namespace SandGlass.Tests.Policy.Torture;

/// <summary>
/// Bytes that have broken readers, and what the grammar says of them as a whole file. The name's first letter says it: y must be taken as
/// JSON, n must be turned away, i may be either.
/// </summary>
public sealed record TortureCase(string Name, byte[] Bytes)
{
    public Json Expected => Name[0] switch
    {
        'y' => Json.Valid,
        'n' => Json.Invalid,
        _ => Json.Either,
    };

    /// <summary>A case written as text.</summary>
    public static TortureCase Of(string name, string text) => new(name, Encoding.UTF8.GetBytes(text));

    /// <summary>A case whose characters are bytes: U+00E4 is the one byte E4.</summary>
    public static TortureCase Raw(string name, string bytes) => new(name, Encoding.Latin1.GetBytes(bytes));

    public override string ToString() => Name;
}
