namespace SandGlass.Policy;

/// <summary>How far a layer or a rule may go.</summary>
public enum Mode
{
    /// <summary>Does nothing and costs nothing.</summary>
    Off,

    /// <summary>Decides and counts, but lets the request pass: try a rule on live traffic before it can hurt.</summary>
    Shadow,

    /// <summary>Decides and acts.</summary>
    Enforce,
}
