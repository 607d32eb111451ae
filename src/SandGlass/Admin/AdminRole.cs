namespace SandGlass.Admin;

/// <summary>What a caller may do.</summary>
internal enum AdminRole
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>See all, change nothing.</summary>
    Viewer,

    /// <summary>Everything.</summary>
    Admin,
}
