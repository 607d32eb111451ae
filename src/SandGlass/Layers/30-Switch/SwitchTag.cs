using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SandGlass.Algorithms.Sharing;

namespace SandGlass.Layers.Switch;

/// <summary>
/// Names what a switch says, for <c>ETag</c> and <c>If-Match</c>: its version for people, and a hash of the change in force and of the one that lost to it.
/// The version alone would not do: two gateways that do not hear each other both count from the same one, and make two changes of one version.
/// </summary>
public static class SwitchTag
{
    // 64 bits of the hash: who meets two changes of one switch and one version with the same has waited longer than the universe.
    private const int Digits = 16;

    private static readonly Register<SwitchState.Position> Never = new(new Change<SwitchState.Position>(default, SwitchState.Position.Off));

    /// <summary>The tag, without quotes: "7-1f0c9a4be2d35868".</summary>
    /// <param name="register">The switch; null: never thrown.</param>
    public static string Of(Register<SwitchState.Position>? register)
    {
        register ??= Never;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(register.Order)));
        return string.Create(CultureInfo.InvariantCulture, $"{register.Value.Version}-{hash[..Digits]}");
    }
}
