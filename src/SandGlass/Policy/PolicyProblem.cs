using System.Globalization;

namespace SandGlass.Policy;

/// <summary>How bad a problem is.</summary>
public enum Severity
{
    /// <summary>Legal, but unwise.</summary>
    Warning,

    /// <summary>The policy is not taken.</summary>
    Error,
}

/// <summary>One thing that is wrong with a policy: what, where, and in the message how to mend it. Lines and columns count from 1.</summary>
public sealed record PolicyProblem(Severity Severity, string Rule, string Pointer, int Line, int Column, string Message)
{
    /// <summary>One line without the file's name; <see cref="PolicyReport"/> shows the source line as well.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Line}:{Column}: {Kind} {Rule} {Words.Visible(Pointer)}: {Words.Visible(Message)}");

    private string Kind => Severity == Severity.Error ? "error" : "warning";
}
