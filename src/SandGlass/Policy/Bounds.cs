namespace SandGlass.Policy;

/// <summary>
/// The range of a property, written once: the reader checks it, the messages quote it and the schema repeats it.
/// Bounds of durations, sizes and rates are written the way the operator writes them.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public abstract class BoundsAttribute(string? least, string? most) : Attribute
{
    /// <summary>The smallest value that is allowed, as written in a policy; null: no bound.</summary>
    public string? Least { get; } = least;

    /// <summary>The largest value that is allowed, as written in a policy; null: no bound.</summary>
    public string? Most { get; } = most;

    /// <summary>True when the smallest value itself is not allowed ("above 0").</summary>
    public bool AboveLeast { get; init; }

    private protected static string Write(double number) => number.ToString("R", System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>The value is at least this.</summary>
public sealed class AtLeastAttribute : BoundsAttribute
{
    public AtLeastAttribute(double least) : base(Write(least), null)
    {
    }

    public AtLeastAttribute(string least) : base(least, null)
    {
    }
}

/// <summary>The value lies between these two, both included (unless <see cref="BoundsAttribute.AboveLeast"/>).</summary>
public sealed class WithinAttribute : BoundsAttribute
{
    public WithinAttribute(double least, double most) : base(Write(least), Write(most))
    {
    }

    public WithinAttribute(string least, string most) : base(least, most)
    {
    }
}

/// <summary>The key must be written: there is no default that could be right.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NeededAttribute : Attribute;

/// <summary>A list that may also be written as one bare string.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OneOrManyAttribute : Attribute;

/// <summary>A list or object that, when written, has at least one entry.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NotEmptyAttribute : Attribute;

/// <summary>A text that may be empty (others may not: an empty name or address is a mistake, not a choice).</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MayBeEmptyAttribute : Attribute;

/// <summary>A duration that may be negative: an offset from a moment.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SignedAttribute : Attribute;

/// <summary>An object whose keys are names that the operator chooses; they become metric labels and are checked as names.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NamedAttribute : Attribute;

/// <summary>What the file writes is laid over the defaults, entry by entry and key by key.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OverDefaultsAttribute : Attribute;

/// <summary>A number that is one of these.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OneOfAttribute(params int[] values) : Attribute
{
    public IReadOnlyList<int> Values { get; } = values;
}
