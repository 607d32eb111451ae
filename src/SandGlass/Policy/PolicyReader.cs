using System.Security.Cryptography;

namespace SandGlass.Policy;

/// <summary>
/// Reads a policy strictly: all that is wrong at once, each with its place, and a policy only when nothing is. Never throws for what
/// the bytes say. Pure but for the files and environment variables
/// that the policy names, and their age.
/// </summary>
public static class PolicyReader
{
    /// <param name="utf8">The file's bytes.</param>
    /// <param name="file">The file's name, for messages that are about the file as a whole.</param>
    /// <param name="baseDirectory">Where relative paths inside the policy begin: the file's own folder.</param>
    /// <param name="time">Whose wall clock tells the age of what the policy names. Default: the system's.</param>
    public static PolicyReading Read(ReadOnlyMemory<byte> utf8, string file, string baseDirectory, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(baseDirectory);

        string revision = Revision(utf8.Span);
        ReadOnlyMemory<byte> text = PolicySource.WithoutMark(utf8);
        var findings = new Findings(new PolicySource(text));
        var place = new PolicyPlace(baseDirectory, Environment.GetEnvironmentVariable, time ?? TimeProvider.System);
        GatewayPolicy? policy = null;
        if (PolicyTree.Read(text, findings) is { } root)
        {
            findings.Root = root;
            policy = PolicyBinder.Bind<GatewayPolicy>(root, findings);
            if (policy is not null)
            {
                PolicyValidator.Validate(policy, place, findings);
            }

            NotYet.Warn(root, findings);
        }

        return new PolicyReading(findings.HasErrors ? null : policy, findings.Problems(), revision) { Place = place };
    }

    /// <summary>The first 12 hex digits of the SHA-256 of a file's bytes.</summary>
    public static string Revision(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 6));
}
