using System.Text;

namespace SandGlass.Policy;

/// <summary>JSON that the gateway passes on and never reads: minified UTF-8 bytes.</summary>
public readonly record struct RawJson(ReadOnlyMemory<byte> Utf8)
{
    public bool Equals(RawJson other) => Utf8.Span.SequenceEqual(other.Utf8.Span);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Utf8.Span);
        return hash.ToHashCode();
    }

    public override string ToString() => Encoding.UTF8.GetString(Utf8.Span);
}
