namespace SandGlass.LoadTests.Config;

/// <summary>Where in a file, from 1.</summary>
internal readonly record struct Place(int Line, int Column);

/// <summary>What is wrong with a configuration, where, and what to write instead.</summary>
internal sealed record Finding(Place Place, string Path, string Message)
{
    /// <summary>file:line:column: error /where: what.</summary>
    public string Render(string file) => $"{file}:{Place.Line}:{Place.Column}: error {(Path.Length == 0 ? "/" : Path)}: {Message}";
}

/// <summary>A value of a JSON file that knows its place.</summary>
internal abstract record Node(Place Place)
{
    /// <summary>What it is, for messages.</summary>
    public abstract string Kind { get; }
}

internal sealed record ObjectNode(Place Place, IReadOnlyList<Member> Members) : Node(Place)
{
    public override string Kind => "an object";
}

internal sealed record Member(string Key, Place Place, Node Value);

internal sealed record ArrayNode(Place Place, IReadOnlyList<Node> Items) : Node(Place)
{
    public override string Kind => "a list";
}

internal sealed record TextNode(Place Place, string Value) : Node(Place)
{
    public override string Kind => "a text";
}

internal sealed record NumberNode(Place Place, double Value) : Node(Place)
{
    public override string Kind => "a number";
}

internal sealed record OtherNode(Place Place, string Literal) : Node(Place)
{
    public override string Kind => Literal;
}
