using System.Collections.Concurrent;
using System.Reflection;

namespace SandGlass.Policy;

/// <summary>What the reader knows of one record: its keys in the order of the class, found once by reflection.</summary>
internal sealed class PolicyShape
{
    private static readonly ConcurrentDictionary<Type, PolicyShape> _known = new();

    private PolicyShape(Type type)
    {
        Keys = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.SetMethod is not null)
            .Select(property => new PolicyKey(property))
            .ToDictionary(key => key.Name, StringComparer.Ordinal);
        Needed = [.. Keys.Values.Where(key => key.Needed)];
    }

    public Dictionary<string, PolicyKey> Keys { get; }

    /// <summary>Those that must be written.</summary>
    public IReadOnlyList<PolicyKey> Needed { get; }

    public static PolicyShape Of(Type type) => _known.GetOrAdd(type, static type => new PolicyShape(type));

    /// <summary>The word of an enum value: PowerOfTwo is "power-of-two".</summary>
    public static string Word(Enum value) =>
        string.Concat(value.ToString().Select((c, i) => char.IsAsciiLetterUpper(c) ? (i == 0 ? "" : "-") + char.ToLowerInvariant(c) : c.ToString()));

    /// <summary>The words of an enum in its own order.</summary>
    public static IReadOnlyDictionary<string, object> Words(Type type) =>
        _words.GetOrAdd(type, static type => Enum.GetValues(type).Cast<Enum>().ToDictionary(Word, value => (object)value, StringComparer.Ordinal));

    private static readonly ConcurrentDictionary<Type, IReadOnlyDictionary<string, object>> _words = new();
}

/// <summary>One key of a record with what its attributes say.</summary>
internal sealed class PolicyKey(PropertyInfo property)
{
    public PropertyInfo Property { get; } = property;

    /// <summary>The property in camelCase; `$schema` alone has a sign of its own.</summary>
    public string Name { get; } = property.Name == nameof(GatewayPolicy.Schema) && property.DeclaringType == typeof(GatewayPolicy)
        ? "$schema"
        : char.ToLowerInvariant(property.Name[0]) + property.Name[1..];

    public Type Type { get; } = property.PropertyType;

    public BoundsAttribute? Bounds { get; } = property.GetCustomAttribute<BoundsAttribute>();

    public IReadOnlyList<int>? OneOf { get; } = property.GetCustomAttribute<OneOfAttribute>()?.Values;

    public bool Needed { get; } = property.IsDefined(typeof(NeededAttribute));

    public bool OneOrMany { get; } = property.IsDefined(typeof(OneOrManyAttribute));

    public bool NotEmpty { get; } = property.IsDefined(typeof(NotEmptyAttribute));

    public bool MayBeEmpty { get; } = property.IsDefined(typeof(MayBeEmptyAttribute));

    public bool Signed { get; } = property.IsDefined(typeof(SignedAttribute));

    public bool Named { get; } = property.IsDefined(typeof(NamedAttribute));

    public bool OverDefaults { get; } = property.IsDefined(typeof(OverDefaultsAttribute));
}
