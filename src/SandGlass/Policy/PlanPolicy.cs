namespace SandGlass.Policy;

/// <summary>An ordered set of switches with an owner and an end: rehearsed, thrown together, reverted in reverse order.</summary>
public sealed record PlanPolicy
{
    /// <summary>A line for people. Default: none.</summary>
    [MayBeEmpty]
    public string? Description { get; init; }

    /// <summary>Who answers for it and is asked about it. Default: none.</summary>
    public string? Owner { get; init; }

    /// <summary>The switches, in the order in which they are thrown. Needed, at least one.</summary>
    [Needed, NotEmpty]
    public IReadOnlyList<PlanStepPolicy> Steps { get; init; } = [];

    /// <summary>How long it stays before it is reverted by itself, "1s".."30d". Default: until somebody reverts it.</summary>
    [Within("1s", "30d")]
    public Duration? For { get; init; }

    /// <summary>What must hold, or it does not start. Default: nothing.</summary>
    public PlanNeedsPolicy Needs { get; init; } = new();

    /// <summary>The moment at which it is proposed. Default: never by itself.</summary>
    public PlanWhenPolicy? When { get; init; }

    /// <summary>Whether that moment also throws it, without asking: once a moment. Default false.</summary>
    public bool Auto { get; init; }
}

/// <summary>What must hold before a plan starts.</summary>
public sealed record PlanNeedsPolicy
{
    /// <summary>Alarms of which none may fire. Default: none.</summary>
    public IReadOnlyList<string> Quiet { get; init; } = [];

    /// <summary>Backends of which every destination must be in use: the one that takes over, say. Default: none.</summary>
    public IReadOnlyList<string> Healthy { get; init; } = [];
}

/// <summary>One switch of a plan.</summary>
public sealed record PlanStepPolicy
{
    /// <summary>The switch. Needed.</summary>
    [Needed]
    public string Switch { get; init; } = "";

    /// <summary>Time after the plan's start, "0s".."24h". Default "0s".</summary>
    [Within("0s", "24h")]
    public Duration After { get; init; }
}

/// <summary>The moment at which a plan is proposed: a phase begins, or an alarm has spoken for so long. One of the two.</summary>
public sealed record PlanWhenPolicy
{
    /// <summary>A phase of the event.</summary>
    public string? Phase { get; init; }

    /// <summary>An alarm.</summary>
    public string? Alarm { get; init; }

    /// <summary>How long the alarm must have spoken, "0s".."1h". Default "0s".</summary>
    [Within("0s", "1h")]
    public Duration For { get; init; }
}
