namespace SandGlass.Algorithms;

/// <summary>The three answers a layer can give.</summary>
public enum VerdictKind : byte
{
    /// <summary>Go on; if a permit belongs to it, the caller holds it now.</summary>
    Admit,

    /// <summary>Turned away, with a reason.</summary>
    Refuse,

    /// <summary>Not yet: a ticket says when.</summary>
    Wait,

    /// <summary>No need to go on: the layer has the answer itself.</summary>
    Answer,
}
