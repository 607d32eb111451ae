using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using SandGlass.Algorithms.Keys;
using SandGlass.Policy;

namespace SandGlass.Fleet;

/// <summary>Which fleet this gateway belongs to, and where its Redis is.</summary>
/// <param name="Name">The fleet's name.</param>
/// <param name="Address">Redis; null: the policy points to a secret that is not there.</param>
public sealed record FleetSettings(string Name, RedisAddress? Address)
{
    /// <summary>
    /// Keys the hash of what is counted by the fleet. All gateways must come to the same number, so it is made of what they have in common: the fleet's
    /// name and Redis' password. Whoever knows both could choose whose count to share; without a password the name is all there is to know.
    /// </summary>
    public SipKey HashKey { get; } = KeyOf(Name, Address?.Password);

    /// <summary>What a policy and the command line say; null: no fleet.</summary>
    /// <param name="policy">The policy's section.</param>
    /// <param name="given">The connection of the command line, which goes before the policy's.</param>
    /// <param name="place">What the policy refers to.</param>
    internal static FleetSettings? Of(FleetPolicy? policy, RedisAddress? given, PolicyPlace place)
    {
        if (policy is null && given is null)
        {
            return null;
        }

        string? text = policy is null || given is not null ? null
            : SecretReference.TryParse(policy.Redis, out var secret) ? place.Secret(secret) : policy.Redis;
        var address = given ?? (text is null ? null : RedisAddress.TryParse(text, out _));
        return new((policy ?? new()).Name, address);
    }

    /// <summary>A key in Redis. The braces keep all of a fleet on one node of a cluster.</summary>
    public string Key(string rest) => $"sandglass:{{{Name}}}:{rest}";

    private static SipKey KeyOf(string name, string? password)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"sandglass fleet\0{name}\0{password}"));
        return new(BinaryPrimitives.ReadUInt64LittleEndian(hash), BinaryPrimitives.ReadUInt64LittleEndian(hash.AsSpan(8)));
    }
}
