namespace SandGlass.Policy;

/// <summary>What came of reading a file: a policy or the reasons why not, and in both cases what is unwise about it.</summary>
/// <param name="Policy">The policy; null when there is an error.</param>
/// <param name="Problems">All errors and warnings, in the order of the file.</param>
/// <param name="Revision">The first 12 hex digits of the SHA-256 of the file's bytes.</param>
public sealed record PolicyReading(GatewayPolicy? Policy, IReadOnlyList<PolicyProblem> Problems, string Revision)
{
    /// <summary>What was read besides the bytes.</summary>
    public required PolicyPlace Place { get; init; }

    public bool Valid => Policy is not null;
}
