namespace SandGlass.Request;

/// <summary>
/// Whose state a request uses. All per-client and per-key state is kept apart by it, so that marked test traffic can one day run through a
/// live gateway without spending anybody's quota or filling anybody's cache.
/// </summary>
public enum Partition : byte
{
    /// <summary>The site's own traffic: today, all of it.</summary>
    Live,
}
