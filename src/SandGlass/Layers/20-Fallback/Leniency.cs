namespace SandGlass.Layers.Fallback;

/// <summary>
/// The words of a policy that let an answer be kept which without them would not be. Each answer says which it needed, in memory, in files and in what a
/// fleet shares; a policy that does not say so any more does not give it.
/// </summary>
public static class Leniency
{
    /// <summary>It says no-store.</summary>
    public const string NoStore = "no-store";

    /// <summary>It sets a cookie.</summary>
    public const string SetCookie = "set-cookie";

    /// <summary>Its request had this header, which is said to tell nothing of its sender.</summary>
    public static string Header(string name) => "header " + name.ToLowerInvariant();

    /// <summary>Its request had this cookie, and no other.</summary>
    public static string Cookie(string name) => "cookie " + name;

    /// <summary>The fetch for all sent this header of its leader's.</summary>
    public static string Sent(string name) => "send " + name.ToLowerInvariant();
}
