using System.Collections;
using System.Text.Json;

namespace SandGlass.Policy;

/// <summary>
/// Lays the tree onto the records: by type, for all records alike, saying everything that does not fit. What cannot be bound keeps its
/// default, so that the validators can still speak about the rest.
/// </summary>
internal sealed class PolicyBinder
{
    private const int LongestName = 64;

    /// <summary>Lists are walked for each request or against each other; what is longer comes from a file of its own.</summary>
    private const int LongestList = 1_000;

    private readonly Findings _findings;

    private PolicyBinder(Findings findings) => _findings = findings;

    public static T? Bind<T>(PolicyNode node, Findings findings)
        where T : class => (T?)new PolicyBinder(findings).Record(node, typeof(T), null);

    private object? Value(PolicyNode node, Type type, PolicyKey key, object? standing)
    {
        if (node.Kind == JsonValueKind.Null)
        {
            return Broken(PolicyRules.Null, node, $"{Words.Quote(node.Key)} is null; leave it out for its default, or write {PolicyScalar.HowTo(type)}");
        }

        PolicyForm form = PolicyForm.Of(type);
        return form.Kind switch
        {
            FormKind.List => List(node, form, key),
            FormKind.Map => Map(node, form, key, standing),
            FormKind.Scalar => PolicyScalar.Bind(node, form.Type, key, _findings),
            _ => Record(node, form.Type, standing),
        };
    }

    private object? Record(PolicyNode node, Type type, object? standing)
    {
        if (node.Kind != JsonValueKind.Object)
        {
            return Broken(PolicyRules.WrongType, node, $"must be an object {{ … }}, not {node.Described}");
        }

        PolicyShape shape = PolicyShape.Of(type);
        object record = Fresh(type, shape, standing);
        foreach (PolicyNode child in node.Children)
        {
            if (!shape.Keys.TryGetValue(child.Key, out PolicyKey? key))
            {
                _findings.Add(PolicyRules.UnknownKey, _findings.Full ? "" : child.Pointer, child.KeyStart,
                    $"unknown key {Words.Quote(child.Key)}{(_findings.Full ? "" : Words.Instead(child.Key, shape.Keys.Keys))}");
            }
            else if (Value(child, key.Type, key, key.OverDefaults ? key.Property.GetValue(record) : null) is { } value)
            {
                key.Property.SetValue(record, value);
            }
        }

        foreach (PolicyKey key in shape.Needed)
        {
            if (node.Member(key.Name) is null)
            {
                _findings.Add(PolicyRules.Missing, _findings.Full ? "" : node.Pointer, node.Place,
                $"needs {Words.Quote(key.Name)}: {PolicyScalar.HowTo(key.Type)}");
            }
        }

        return record;
    }

    /// <summary>A new record with its defaults, or with the values of the one that stands there by default.</summary>
    private static object Fresh(Type type, PolicyShape shape, object? standing)
    {
        object record = Activator.CreateInstance(type)!;
        if (standing is not null)
        {
            foreach (PolicyKey key in shape.Keys.Values)
            {
                key.Property.SetValue(record, key.Property.GetValue(standing));
            }
        }

        return record;
    }

    private object? List(PolicyNode node, PolicyForm form, PolicyKey key)
    {
        Type itemType = form.Arguments[0];
        var list = (IList)Activator.CreateInstance(form.Made)!;
        if (node.Kind == JsonValueKind.String && key.OneOrMany)
        {
            return Value(node, itemType, key, null) is { } only && list.Add(only) >= 0 ? list : null;
        }

        if (node.Kind != JsonValueKind.Array)
        {
            return Broken(PolicyRules.WrongType, node, $"must be a list [ … ]{(key.OneOrMany ? " or one text" : "")}, not {node.Described}");
        }

        if (node.Children.Count == 0 && key.NotEmpty)
        {
            return Broken(PolicyRules.Empty, node, $"{Words.Quote(node.Key)} is an empty list; write at least one entry, or leave the key out for its default");
        }

        if (node.Children.Count > LongestList)
        {
            return Broken(PolicyRules.OutOfRange, node, $"the list has {node.Children.Count:N0} entries; at most {LongestList:N0}");
        }

        foreach (PolicyNode child in node.Children)
        {
            // A broken item keeps its place, so that the places of the others stay what the file says.
            list.Add(Value(child, itemType, key, null) ?? (itemType == typeof(string) ? "" : Activator.CreateInstance(itemType)));
        }

        return list;
    }

    private object? Map(PolicyNode node, PolicyForm form, PolicyKey key, object? standing)
    {
        if (node.Kind != JsonValueKind.Object)
        {
            return Broken(PolicyRules.WrongType, node, $"must be an object {{ \"name\": … }}, not {node.Described}");
        }

        if (node.Children.Count == 0 && key.NotEmpty)
        {
            return Broken(PolicyRules.Empty, node, $"{Words.Quote(node.Key)} is empty; write at least one entry");
        }

        var map = (IDictionary)(standing is null ? Activator.CreateInstance(form.Made)! : Activator.CreateInstance(form.Made, standing)!);
        Type[] types = form.Arguments;
        foreach (PolicyNode child in node.Children)
        {
            if (Name(child, types[0], key) is { } name)
            {
                object? value = Value(child, types[1], key, map.Contains(name) ? map[name] : null);
                value ??= PolicyScalar.Is(types[1]) ? null : Activator.CreateInstance(types[1]); // the name stands, so references to it hold
                if (value is not null)
                {
                    map[name] = value;
                }
            }
        }

        return map;
    }

    private object? Name(PolicyNode child, Type type, PolicyKey key)
    {
        if (type.IsEnum)
        {
            IReadOnlyDictionary<string, object> words = PolicyShape.Words(type);
            if (!words.TryGetValue(child.Key, out object? word))
            {
                _findings.Add(PolicyRules.UnknownKey, child.Pointer, child.KeyStart,
                    $"unknown key {Words.Quote(child.Key)}{(_findings.Full ? "" : Words.Instead(child.Key, words.Keys))}");
            }

            return word;
        }

        if (key.Named && !IsName(child.Key))
        {
            _findings.Add(PolicyRules.BadName, child.Pointer, child.KeyStart,
                $"{Words.Quote(child.Key)} is no name; use up to {LongestName} letters, digits, '-', '_' and '.', beginning with a letter or digit");
        }

        return child.Key;
    }

    private static bool IsName(string text) =>
        text.Length is > 0 and <= LongestName
        && char.IsAsciiLetterOrDigit(text[0])
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    private object? Broken(PolicyRule rule, PolicyNode node, string message)
    {
        _findings.Break(rule, node, message);
        return null;
    }
}
