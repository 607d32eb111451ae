using System.Security.Cryptography;

namespace SandGlass.Policy;

/// <summary>Reads a policy's file: at most a little more than a policy may be, whatever the path leads to.</summary>
public static class PolicyFile
{
    /// <summary>The reader refuses more than 4 MB; one byte more is read so that it can say so.</summary>
    private const int Most = (4 << 20) + 1;

    /// <summary>The bytes, or null and why not.</summary>
    public static byte[]? TryRead(string path, out string why)
    {
        why = string.Empty;
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var buffer = new byte[Math.Min(Most, Math.Max(4096, file.Length + 1))];
            var count = 0;
            int read;
            while (count < Most && (read = file.Read(buffer, count, buffer.Length - count)) > 0)
            {
                count += read;
                if (count == buffer.Length && count < Most)
                {
                    Array.Resize(ref buffer, Math.Min(Most, buffer.Length * 2));
                }
            }

            return buffer[..count];
        }
        catch (Exception fault) when (IsUnreadable(fault))
        {
            why = Why(path, fault);
            return null;
        }
    }

    /// <summary>
    /// The <see cref="Hash"/> of the bytes that <see cref="TryRead"/> would give, without keeping them: whoever looks several times a second
    /// must not leave megabytes behind each time. Null and why not, as there.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="buffer">What is read into, piece by piece.</param>
    /// <param name="why">Why there is none.</param>
    public static string? TryHash(string path, byte[] buffer, out string why)
    {
        why = string.Empty;
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            int count = 0, read;
            while (count < Most && (read = file.Read(buffer, 0, Math.Min(buffer.Length, Most - count))) > 0)
            {
                hash.AppendData(buffer, 0, read);
                count += read;
            }

            return Convert.ToHexString(hash.GetHashAndReset());
        }
        catch (Exception fault) when (IsUnreadable(fault))
        {
            why = Why(path, fault);
            return null;
        }
    }

    private static bool IsUnreadable(Exception fault) =>
        fault is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException;

    private static string Why(string path, Exception fault) => fault switch
    {
        _ when Directory.Exists(path) => "is a folder; name the policy file in it",
        FileNotFoundException or DirectoryNotFoundException => "there is no such file; check the path",
        UnauthorizedAccessException => "may not be read by this user; give it read permission",
        _ => "cannot be read: " + fault.Message,
    };

    /// <summary>Identifies the bytes.</summary>
    public static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexString(SHA256.HashData(bytes));
}
