using System.Collections.Concurrent;

namespace SandGlass.Policy;

/// <summary>What a value of a type is made of.</summary>
internal enum FormKind
{
    Scalar,
    Record,
    List,
    Map,
}

/// <summary>How values of a type are bound: found once by reflection, which would else be asked for each value of a large file.</summary>
/// <param name="Kind">What it is made of.</param>
/// <param name="Type">Without its question mark.</param>
/// <param name="Arguments">Of a list, what it lists; of a map, from what to what.</param>
/// <param name="Made">Of a list or a map, the class that holds it.</param>
internal sealed record PolicyForm(FormKind Kind, Type Type, Type[] Arguments, Type Made)
{
    private static readonly ConcurrentDictionary<Type, PolicyForm> _known = new();

    public static PolicyForm Of(Type type) => _known.GetOrAdd(type, static type => Find(Nullable.GetUnderlyingType(type) ?? type));

    private static PolicyForm Find(Type type)
    {
        Type? generic = type.IsGenericType ? type.GetGenericTypeDefinition() : null;
        Type[] arguments = type.GetGenericArguments();
        return generic == typeof(IReadOnlyList<>) ? new(FormKind.List, type, arguments, typeof(List<>).MakeGenericType(arguments))
            : generic == typeof(IReadOnlyDictionary<,>) ? new(FormKind.Map, type, arguments, typeof(OrderedDictionary<,>).MakeGenericType(arguments))
            : new(PolicyScalar.Is(type) ? FormKind.Scalar : FormKind.Record, type, arguments, type);
    }
}
