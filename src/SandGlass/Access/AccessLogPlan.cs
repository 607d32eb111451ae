using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using SandGlass.Algorithms.Keys;
using SandGlass.Policy;
using SandGlass.Request;

namespace SandGlass.Access;

/// <summary>The access log as a policy wants it.</summary>
/// <param name="Policy">What the operator wrote.</param>
/// <param name="PrefixV6">How many bits of an IPv6 address are one client; for the sample only, the log tells addresses apart.</param>
public sealed record AccessLogPlan(AccessLogPolicy Policy, int PrefixV6)
{
    /// <summary>What addresses are hashed with; null: with this installation's own.</summary>
    internal SipKey? Key { get; init; }

    /// <summary>What a valid policy says; null: nothing is logged.</summary>
    internal static AccessLogPlan? Of(GatewayPolicy policy, Func<string, string?> secret) => policy.AccessLog is not { } log ? null : new(log, policy.Edge.ClientPrefixV6)
    {
        Key = log.HashSecret is { } written && secret(written) is { } found ? KeyOf(SHA256.HashData(Encoding.UTF8.GetBytes(found))) : null,
    };

    /// <summary>Whether requests of this client are logged. The stripes of <c>enforcePercent</c> are others, so that a rollout and the sample have nothing to do with each other.</summary>
    internal bool Takes(in ClientAddress client) => Policy.Fraction >= 1 || Share(client) < Policy.Fraction;

    /// <summary>The key that 16 bytes are.</summary>
    internal static SipKey KeyOf(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]));

    /// <inheritdoc/>
    public override string ToString() => nameof(AccessLogPlan);

    private double Share(in ClientAddress client)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, client.Key(PrefixV6));
        return (SipHash.Hash(new(0x616363657373, 0x6C6F67), bytes) >> 11) * (1.0 / (1UL << 53));
    }
}
