using System.Reflection;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace SandGlass.Policy;

/// <summary>
/// Writes the policy's JSON Schema (draft 2020-12) from the records: types, ranges, defaults and words as the reader enforces them,
/// descriptions from the comments. An editor that knows it completes keys and marks mistakes; <c>check</c> has the last word on meaning.
/// </summary>
internal sealed class SchemaWriter
{
    private readonly DocComments _docs;
    private readonly Utf8JsonWriter _json;
    private readonly Queue<Type> _waiting = new();
    private readonly HashSet<Type> _met = [];

    private SchemaWriter(Utf8JsonWriter json, DocComments docs)
    {
        _json = json;
        _docs = docs;
    }

    /// <summary>The schema, indented, with a line's end at its end.</summary>
    /// <param name="docs">The comments.</param>
    public static string Write(DocComments docs)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            new SchemaWriter(json, docs).Root();
        }

        return Encoding.UTF8.GetString(buffer.ToArray()).ReplaceLineEndings("\n") + "\n";
    }

    private void Root()
    {
        _json.WriteStartObject();
        _json.WriteString("$schema", "https://json-schema.org/draft/2020-12/schema");
        _json.WriteString("title", "The policy of a SandGlass gateway");
        Members(typeof(GatewayPolicy));
        _json.WriteStartObject("$defs");
        while (_waiting.TryDequeue(out var type))
        {
            _json.WriteStartObject(NameOf(type));
            Members(type);
            _json.WriteEndObject();
        }

        _json.WriteEndObject();
        _json.WriteEndObject();
    }

    private void Members(Type record)
    {
        _json.WriteString("type", "object");
        if (_docs.Of(record) is { } about)
        {
            _json.WriteString("description", about);
        }

        var defaults = Activator.CreateInstance(record);
        var keys = PolicyShape.Of(record).Keys.Values;
        _json.WriteStartObject("properties");
        foreach (var key in keys)
        {
            _json.WriteStartObject(key.Name);
            if (_docs.Of(key.Property) is { } text)
            {
                _json.WriteString("description", text);
            }

            Value(key.Type, key);
            if (!key.Needed)
            {
                Default(key.Property.GetValue(defaults));
            }

            _json.WriteEndObject();
        }

        _json.WriteEndObject();
        var needed = keys.Where(static k => k.Needed).ToArray();
        if (needed.Length > 0)
        {
            _json.WriteStartArray("required");
            foreach (var key in needed)
            {
                _json.WriteStringValue(key.Name);
            }

            _json.WriteEndArray();
        }

        _json.WriteBoolean("additionalProperties", false);
    }

    private void Value(Type type, PolicyKey key)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsEnum)
        {
            Words(PolicyShape.Words(type).Keys);
        }
        else if (Pattern(type) is { } pattern)
        {
            _json.WriteString("type", "string");
            _json.WriteString("pattern", pattern);
            Spoken(key.Bounds);
        }
        else if (type == typeof(string))
        {
            _json.WriteString("type", "string");
            if (!key.MayBeEmpty)
            {
                _json.WriteNumber("minLength", 1);
            }
        }
        else if (type == typeof(bool))
        {
            _json.WriteString("type", "boolean");
        }
        else if (type == typeof(int) || type == typeof(double))
        {
            Number(type, key);
        }
        else if (type == typeof(Threshold))
        {
            _json.WriteStartArray("type");
            _json.WriteStringValue("number");
            _json.WriteStringValue("string");
            _json.WriteEndArray();
        }
        else if (type != typeof(RawJson))
        {
            Composite(type, key);
        }
    }

    private void Composite(Type type, PolicyKey key)
    {
        var arguments = type.IsGenericType ? type.GetGenericArguments() : [];
        switch (arguments.Length)
        {
            case 2:
                _json.WriteString("type", "object");
                if (arguments[0].IsEnum)
                {
                    _json.WriteStartObject("propertyNames");
                    Words(PolicyShape.Words(arguments[0]).Keys);
                    _json.WriteEndObject();
                }

                if (key.NotEmpty)
                {
                    _json.WriteNumber("minProperties", 1);
                }

                Nested("additionalProperties", arguments[1], key);
                break;
            case 1 when key.OneOrMany:
                _json.WriteStartArray("anyOf");
                _json.WriteStartObject();
                Value(arguments[0], key);
                _json.WriteEndObject();
                _json.WriteStartObject();
                List(arguments[0], key);
                _json.WriteEndObject();
                _json.WriteEndArray();
                break;
            case 1:
                List(arguments[0], key);
                break;
            default:
                if (_met.Add(type))
                {
                    _waiting.Enqueue(type);
                }

                _json.WriteString("$ref", "#/$defs/" + NameOf(type));
                break;
        }
    }

    private void List(Type item, PolicyKey key)
    {
        _json.WriteString("type", "array");
        if (key.NotEmpty)
        {
            _json.WriteNumber("minItems", 1);
        }

        Nested("items", item, key);
    }

    private void Nested(string name, Type type, PolicyKey key)
    {
        _json.WriteStartObject(name);
        Value(type, key);
        _json.WriteEndObject();
    }

    private void Number(Type type, PolicyKey key)
    {
        _json.WriteString("type", type == typeof(int) ? "integer" : "number");
        if (key.Bounds is { Least: { } least } bounds)
        {
            _json.WriteNumber(bounds.AboveLeast ? "exclusiveMinimum" : "minimum", double.Parse(least, System.Globalization.CultureInfo.InvariantCulture));
        }

        if (key.Bounds is { Most: { } most })
        {
            _json.WriteNumber("maximum", double.Parse(most, System.Globalization.CultureInfo.InvariantCulture));
        }

        if (key.OneOf is { } values)
        {
            _json.WriteStartArray("enum");
            foreach (var value in values)
            {
                _json.WriteNumberValue(value);
            }

            _json.WriteEndArray();
        }
    }

    // A schema can't compare "250ms" with "1s", so the range of a quantity is told and not enforced; check enforces it.
    private void Spoken(BoundsAttribute? bounds)
    {
        if (bounds is not null)
        {
            _json.WriteString("$comment", (bounds.Least, bounds.Most) switch
            {
                ({ } least, { } most) => $"from {least} to {most}",
                ({ } least, _) => $"at least {least}",
                _ => $"at most {bounds.Most}",
            });
        }
    }

    private void Words(IEnumerable<string> words)
    {
        _json.WriteStartArray("enum");
        foreach (var word in words)
        {
            _json.WriteStringValue(word);
        }

        _json.WriteEndArray();
    }

    private void Default(object? value)
    {
        switch (value)
        {
            case Enum word:
                _json.WriteString("default", PolicyShape.Word(word));
                break;
            case bool flag:
                _json.WriteBoolean("default", flag);
                break;
            case int number:
                _json.WriteNumber("default", number);
                break;
            case double number:
                _json.WriteNumber("default", number);
                break;
            case string { Length: > 0 } text:
                _json.WriteString("default", text);
                break;
            case Duration or ByteSize or ByteRate or Rate:
                _json.WriteString("default", value.ToString());
                break;
            case IReadOnlyList<string> list:
                _json.WriteStartArray("default");
                foreach (var item in list)
                {
                    _json.WriteStringValue(item);
                }

                _json.WriteEndArray();
                break;
        }
    }

    private static string? Pattern(Type type) =>
        type == typeof(Duration) ? "^-?[0-9]+(\\.[0-9]+)?(ms|s|m|h|d)$"
        : type == typeof(Rate) ? "^[0-9]+(\\.[0-9]+)?/(s|m|h|d)$"
        : type == typeof(ByteSize) ? "^[0-9]+(\\.[0-9]+)?(B|KB|MB|GB)$"
        : type == typeof(ByteRate) ? "^[0-9]+(\\.[0-9]+)?(B|KB|MB|GB)/s$"
        : type == typeof(DateTimeOffset) ? "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})$"
        : null;

    private static string NameOf(MemberInfo type) => type.Name.EndsWith("Policy", StringComparison.Ordinal) ? type.Name[..^6] : type.Name;
}
