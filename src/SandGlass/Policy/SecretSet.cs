using System.Security.Cryptography;
using System.Text;

namespace SandGlass.Policy;

/// <summary>
/// Secrets that somebody may show us, by their SHA-256: compared in constant time, so that neither length nor content nor which of them it
/// was shows in the time it takes. Asking allocates nothing for texts up to 512 bytes. A secret that could not be read equals nothing.
/// </summary>
/// <param name="secrets">The secrets; null: could not be read.</param>
public sealed class SecretSet(params IEnumerable<string?> secrets)
{
    private readonly byte[][] _hashes = [.. secrets.OfType<string>().Where(static s => s.Length > 0).Select(static s => SHA256.HashData(Encoding.UTF8.GetBytes(s)))];

    /// <summary>Whether this is one of them.</summary>
    public bool Holds(string given)
    {
        ArgumentNullException.ThrowIfNull(given);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> text = stackalloc byte[512];
        SHA256.HashData(Encoding.UTF8.TryGetBytes(given, text, out var count) ? text[..count] : Encoding.UTF8.GetBytes(given), hash);
        var holds = false;
        foreach (var secret in _hashes)
        {
            holds |= CryptographicOperations.FixedTimeEquals(hash, secret);
        }

        return holds;
    }
}
