namespace SandGlass.Policy;

/// <summary>Gathers what reader and validators find, and in the end gives each its line and column.</summary>
internal sealed class Findings(PolicySource source)
{
    /// <summary>Enough to mend a file by; a hostile file must not make a hostile report.</summary>
    public const int Most = 1_000;

    private readonly List<(int Offset, PolicyRule Rule, string Pointer, string Message)> _errors = [];
    private readonly List<(int Offset, PolicyRule Rule, string Pointer, string Message)> _warnings = [];
    private int _unsaid;

    public PolicySource Source { get; } = source;

    /// <summary>Set once the file is a tree: validators speak in pointers.</summary>
    public PolicyNode? Root { get; set; }

    public bool HasErrors => _errors.Count > 0;

    /// <summary>True when no further error would be told, so that nobody computes its message.</summary>
    public bool Full => _errors.Count >= Most;

    public void Add(PolicyRule rule, string pointer, int offset, string message)
    {
        var kind = rule.Severity == Severity.Error ? _errors : _warnings;
        if (kind.Count >= Most)
        {
            _unsaid += rule.Severity == Severity.Error ? 1 : 0;
            return;
        }

        kind.Add((offset, rule, pointer, message));
    }

    /// <summary>The binder's way: the value cannot be used, and what follows from that is not said as well.</summary>
    public void Break(PolicyRule rule, PolicyNode node, string message)
    {
        node.Broken = true;
        Add(rule, Full ? "" : node.Pointer, node.Place, message);
    }

    /// <summary>The validators' way. Silent where the value, or one around it, was found broken before.</summary>
    public void Add(PolicyRule rule, string pointer, string message)
    {
        PolicyNode node = Root ?? throw new InvalidOperationException("Validators speak after the tree is read.");
        foreach (string key in JsonPointer.Keys(pointer))
        {
            PolicyNode? next = node.Broken ? null : node.Member(key);
            if (next is null)
            {
                break;
            }

            node = next;
        }

        if (!node.Broken)
        {
            Add(rule, pointer, node.Place, message);
        }
    }

    /// <summary>Whether the file itself has a value there: what has a default may not be written.</summary>
    public bool IsWritten(string pointer) => Find(pointer) is not null;

    public bool IsList(string pointer) => Find(pointer)?.Kind == System.Text.Json.JsonValueKind.Array;

    private PolicyNode? Find(string pointer) => JsonPointer.Find(Root, pointer);

    /// <summary>A name that must be among others.</summary>
    public void Refer(PolicyRule rule, string pointer, string what, string name, ICollection<string> known)
    {
        if (name.Length > 0 && !known.Contains(name))
        {
            Add(rule, pointer, $"there is no {what} {Words.Quote(name)}{(Full ? "" : Words.Instead(name, known))}");
        }
    }

    /// <summary>All of it, in the order of the file.</summary>
    public IReadOnlyList<PolicyProblem> Problems()
    {
        if (_unsaid > 0)
        {
            _errors.Add((int.MaxValue, PolicyRules.TooMany, "", $"{_unsaid:N0} more errors are not shown; mend these first"));
        }

        var found = _errors.Concat(_warnings).OrderBy(one => one.Offset).ToList();
        return [.. found.Zip(
            Source.Locate(found.Select(one => one.Offset)),
            (one, place) => new PolicyProblem(one.Rule.Severity, one.Rule.Id, one.Pointer, place.Line, place.Column, one.Message))];
    }
}
