using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace SandGlass.Policy;

/// <summary>Binds the leaves: texts, numbers, words, quantities; checks their ranges and says how each is written.</summary>
internal static class PolicyScalar
{
    private delegate bool Parser(string text, out object value);

    /// <summary>One row a quantity: how it is parsed, how it is written, and its size for comparing with bounds.</summary>
    private sealed record Written(string HowTo, Parser Parse, Func<object, double> Size);

    private static readonly Dictionary<Type, Written> _quantities = new()
    {
        [typeof(Duration)] = new("a duration, " + Duration.HowToWrite, Parse<Duration>(Duration.TryParse), value => ((Duration)value).Value.TotalMilliseconds),
        [typeof(Rate)] = new("a rate, " + Rate.HowToWrite, Parse<Rate>(Rate.TryParse), value => ((Rate)value).PerSecond),
        [typeof(ByteSize)] = new("a size, " + ByteSize.HowToWrite, Parse<ByteSize>(ByteSize.TryParse), value => ((ByteSize)value).Bytes),
        [typeof(ByteRate)] = new("a rate of bytes, " + ByteRate.HowToWrite, Parse<ByteRate>(ByteRate.TryParse), value => ((ByteRate)value).BytesPerSecond),
        [typeof(DateTimeOffset)] = new("a moment with its offset, \"2026-11-11T00:00:00+08:00\"", Parse<DateTimeOffset>(Moment), _ => 0),
    };

    private static readonly string[] _momentFormats = ["yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd'T'HH:mmzzz", "yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm'Z'"];

    private delegate bool TypedParser<T>(string text, out T value);

    private static Parser Parse<T>(TypedParser<T> parse)
        where T : struct => (string text, out object value) =>
        {
            bool parsed = parse(text, out T typed);
            value = typed;
            return parsed;
        };

    private static bool Moment(string text, out DateTimeOffset moment) =>
        DateTimeOffset.TryParseExact(text, _momentFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out moment);

    public static bool Is(Type type) =>
        type.IsEnum || _quantities.ContainsKey(type)
        || type == typeof(string) || type == typeof(bool) || type == typeof(int) || type == typeof(double)
        || type == typeof(Threshold) || type == typeof(RawJson);

    /// <summary>How a value of the type is written, after "must be" or "write".</summary>
    public static string HowTo(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return _quantities.TryGetValue(type, out Written? quantity) ? quantity.HowTo
            : type.IsEnum ? "one of " + Words.List([.. PolicyShape.Words(type).Keys.Select(word => $"\"{word}\"")])
            : type == typeof(string) ? "a text in quotes"
            : type == typeof(bool) ? "true or false"
            : type == typeof(int) ? "a whole number"
            : type == typeof(double) ? "a number"
            : type == typeof(Threshold) ? Threshold.HowToWrite
            : type == typeof(RawJson) ? "JSON"
            : typeof(System.Collections.IEnumerable).IsAssignableFrom(type) && type.GetGenericArguments().Length == 1 ? "a list [ … ]"
            : "an object { … }";
    }

    /// <summary>The value, or null with the reason among the findings.</summary>
    public static object? Bind(PolicyNode node, Type type, PolicyKey key, Findings findings)
    {
        object? value = _quantities.TryGetValue(type, out Written? quantity) ? BindQuantity(node, quantity, key, findings)
            : type.IsEnum ? BindWord(node, type, findings)
            : type == typeof(string) ? BindText(node, key, findings)
            : type == typeof(bool) ? BindBool(node, findings)
            : type == typeof(int) ? BindWhole(node, findings)
            : type == typeof(double) ? BindNumber(node, findings)
            : type == typeof(Threshold) ? BindThreshold(node, findings)
            : Minify(node);
        return value is null || InRange(node, value, quantity, key, findings) ? value : null;
    }

    private static object? BindQuantity(PolicyNode node, Written quantity, PolicyKey key, Findings findings)
    {
        if (node.Kind != JsonValueKind.String || !quantity.Parse(node.Text, out object value))
        {
            return Broken(PolicyRules.WrongUnit, node, findings, $"{node.Described} must be {quantity.HowTo}");
        }

        return value is Duration { Value.Ticks: < 0 } && !key.Signed
            ? Broken(PolicyRules.OutOfRange, node, findings, $"{Words.Quote(node.Text)} is negative; only the phases of an event may lie before their start")
            : value;
    }

    private static object? BindWord(PolicyNode node, Type type, Findings findings)
    {
        if (node.Kind != JsonValueKind.String)
        {
            return Broken(PolicyRules.WrongType, node, findings, $"must be {HowTo(type)}, not {node.Described}");
        }

        IReadOnlyDictionary<string, object> words = PolicyShape.Words(type);
        return words.TryGetValue(node.Text, out object? value)
            ? value
            : Broken(PolicyRules.UnknownValue, node, findings, $"{Words.Quote(node.Text)} is not {HowTo(type)}");
    }

    private static object? BindText(PolicyNode node, PolicyKey key, Findings findings) =>
        node.Kind != JsonValueKind.String ? Broken(PolicyRules.WrongType, node, findings, $"must be a text in quotes, not {node.Described}")
        : node.Text.Length == 0 && !key.MayBeEmpty ? Broken(PolicyRules.Empty, node, findings, "the text is empty; write it, or leave the key out")
        : node.Text;

    private static object? BindBool(PolicyNode node, Findings findings) => node.Kind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => Broken(PolicyRules.WrongType, node, findings, $"must be true or false, not {node.Described}"),
    };

    private static object? BindNumber(PolicyNode node, Findings findings) =>
        node.Kind != JsonValueKind.Number ? Broken(PolicyRules.WrongType, node, findings, $"must be a number without quotes, not {node.Described}")
        : double.TryParse(node.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) ? number
        : Broken(PolicyRules.OutOfRange, node, findings, $"{node.Described} is beyond all numbers");

    private static object? BindWhole(PolicyNode node, Findings findings)
    {
        if (BindNumber(node, findings) is not double number)
        {
            return null;
        }

        return number != Math.Floor(number) ? Broken(PolicyRules.WrongType, node, findings, $"must be a whole number, not {node.Described}")
            : Math.Abs(number) > int.MaxValue ? Broken(PolicyRules.OutOfRange, node, findings, $"{node.Described} is too large; at most {int.MaxValue:N0}")
            : (int)number;
    }

    private static object? BindThreshold(PolicyNode node, Findings findings)
    {
        if (node.Kind == JsonValueKind.String && Duration.TryParse(node.Text, out Duration duration) && duration >= Duration.Zero)
        {
            return new Threshold(duration.Value.TotalSeconds, IsDuration: true);
        }

        return node.Kind != JsonValueKind.Number ? Broken(PolicyRules.WrongUnit, node, findings, $"{node.Described} must be {Threshold.HowToWrite}")
            : BindNumber(node, findings) is double number ? new Threshold(number, IsDuration: false)
            : null;
    }

    private static RawJson Minify(PolicyNode node)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            Write(writer, node);
        }

        return new RawJson(buffer.ToArray());
    }

    private static void Write(Utf8JsonWriter writer, PolicyNode node)
    {
        if (node.Parent?.Kind == JsonValueKind.Object && writer.CurrentDepth > 0)
        {
            writer.WritePropertyName(node.Key);
        }

        switch (node.Kind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                node.Children.ForEach(child => Write(writer, child));
                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                node.Children.ForEach(child => Write(writer, child));
                writer.WriteEndArray();
                break;
            case JsonValueKind.String:
                writer.WriteStringValue(node.Text);
                break;
            case JsonValueKind.Number:
                writer.WriteRawValue(node.Text);
                break;
            default:
                writer.WriteRawValue(node.Described); // true, false, null
                break;
        }
    }

    private static bool InRange(PolicyNode node, object value, Written? quantity, PolicyKey key, Findings findings)
    {
        if (key.OneOf is { } allowed && value is int one && !allowed.Contains(one))
        {
            return Broken(PolicyRules.UnknownValue, node, findings, $"{node.Text} is not one of {string.Join(", ", allowed)}") is not null;
        }

        if (key.Bounds is not { } bounds || value is not (int or double or Duration or ByteSize or ByteRate or Rate))
        {
            return true;
        }

        double size = Size(value, quantity);
        double least = Bound(bounds.Least, quantity) ?? double.NegativeInfinity;
        double most = Bound(bounds.Most, quantity) ?? double.PositiveInfinity;
        return (size >= least && size <= most && !(bounds.AboveLeast && size == least))
            || Broken(PolicyRules.OutOfRange, node, findings, $"{node.Text} is out of range; it must be {Range(bounds)}") is not null;
    }

    private static string Range(BoundsAttribute bounds) =>
        (bounds.AboveLeast ? "above " : bounds.Most is null ? "at least " : "") + bounds.Least
        + (bounds.Most is null ? "" : (bounds.AboveLeast ? " and at most " : " to ") + bounds.Most);

    private static double Size(object value, Written? quantity) =>
        quantity?.Size(value) ?? Convert.ToDouble(value, CultureInfo.InvariantCulture);

    private static double? Bound(string? written, Written? quantity) =>
        written is null ? null
        : quantity is null ? double.Parse(written, CultureInfo.InvariantCulture)
        : quantity.Parse(written, out object bound) ? quantity.Size(bound)
        : throw new InvalidOperationException($"A bound is written \"{written}\", which is not {quantity.HowTo}.");

    private static object? Broken(PolicyRule rule, PolicyNode node, Findings findings, string message)
    {
        findings.Break(rule, node, message);
        return null;
    }
}
