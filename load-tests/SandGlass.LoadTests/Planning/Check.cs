namespace SandGlass.LoadTests.Planning;

/// <summary>What an answer must be to count as good.</summary>
internal abstract record Check
{
    /// <summary>Whether the body must be kept to look at it.</summary>
    public virtual bool ReadsBody => false;

    /// <param name="status">Of the answer.</param>
    /// <param name="header">A header's value, or null.</param>
    /// <param name="body">The body, where a check or a save asks for it.</param>
    public abstract bool Holds(int status, Func<string, string?> header, string body);
}

/// <summary>One of these. Without such a check 2xx and 3xx are good.</summary>
internal sealed record StatusCheck(IReadOnlyList<int> Statuses) : Check
{
    public override bool Holds(int status, Func<string, string?> header, string body) => Statuses.Contains(status);
}

/// <summary>This text is somewhere in the body.</summary>
internal sealed record ContainsCheck(string Text) : Check
{
    public override bool ReadsBody => true;

    public override bool Holds(int status, Func<string, string?> header, string body) => body.Contains(Text, StringComparison.Ordinal);
}

/// <summary>This header is there, and has this text in it.</summary>
internal sealed record HeaderCheck(string Name, string Text) : Check
{
    public override bool Holds(int status, Func<string, string?> header, string body) =>
        header(Name)?.Contains(Text, StringComparison.OrdinalIgnoreCase) == true;
}
