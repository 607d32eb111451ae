using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace SandGlass.Policy;

/// <summary>
/// Reads bytes into a tree with places. Whatever the bytes are, the answer is a tree or a placed problem, never an exception:
/// half-written files, wrong encodings and hostile depth are ordinary visitors of a hot-reloaded file.
/// </summary>
internal sealed class PolicyTree
{
    public const int MostBytes = 4 << 20;
    public const int MostDepth = 64;

    /// <summary>Keys are repeated in every pointer below them.</summary>
    private const int LongestKey = 256;

    private readonly Findings _findings;
    private readonly KnownTexts _known = new();
    private ReadOnlyMemory<byte> _utf8;
    private int _unclosedComment = -1;
    private bool _stopped;

    private PolicyTree(ReadOnlyMemory<byte> utf8, Findings findings) => (_utf8, _findings) = (utf8, findings);

    /// <summary>The root, or null with the reason among the findings. The bytes come without a byte order mark.</summary>
    public static PolicyNode? Read(ReadOnlyMemory<byte> utf8, Findings findings) => new PolicyTree(utf8, findings).Read();

    private PolicyNode? Read()
    {
        ReadOnlySpan<byte> bytes = _utf8.Span;
        if (bytes.Length > MostBytes)
        {
            return Stop(PolicyRules.TooLarge, 0, $"the file has {bytes.Length:N0} bytes; a policy has at most {MostBytes:N0}");
        }

        if (IsUtf16(bytes))
        {
            return Stop(PolicyRules.NotUtf8, 0, "the file is UTF-16; save it as UTF-8");
        }

        if (!Utf8.IsValid(bytes))
        {
            int at = FirstInvalid(bytes);
            return Stop(PolicyRules.NotUtf8, at, $"byte 0x{bytes[at]:x2} is not UTF-8 here; save the file as UTF-8");
        }

        _utf8 = PolicyComments.Blank(_utf8, out _unclosedComment);
        if (_utf8.Span.Trim(" \t\r\n"u8).IsEmpty)
        {
            return Stop(PolicyRules.EmptyFile, 0, "the file is empty; write at least \"backends\" and \"routes\"");
        }

        var reader = new Utf8JsonReader(_utf8.Span, new JsonReaderOptions
        {
            AllowTrailingCommas = true,
            MaxDepth = MostDepth + 2, // one more than we follow, so that our own words are said first
        });
        try
        {
            reader.Read();
            PolicyNode? root = Value(ref reader, null, "", -1, 1);
            if (root is not null)
            {
                reader.Read(); // what follows the root is an error that only reading on finds
            }

            return _stopped ? null : root;
        }
        catch (JsonException broken)
        {
            int at = _findings.Source.Offset((int)(broken.LineNumber ?? 0), (int)(broken.BytePositionInLine ?? 0));
            return NotJson(broken.Message, at, reader.CurrentDepth);
        }
    }

    private PolicyNode? Value(ref Utf8JsonReader reader, PolicyNode? parent, string key, int keyStart, int depth)
    {
        int start = (int)reader.TokenStartIndex;
        if (depth > MostDepth)
        {
            return Stop(PolicyRules.TooDeep, start, $"nested deeper than {MostDepth} levels; a policy needs fewer than ten");
        }

        var node = new PolicyNode
        {
            Kind = KindOf(reader.TokenType),
            Start = start,
            Parent = parent,
            Key = key,
            KeyStart = keyStart,
            Text = reader.TokenType switch
            {
                JsonTokenType.String => Text(ref reader, parent),
                JsonTokenType.Number => Encoding.ASCII.GetString(reader.ValueSpan),
                _ => "",
            },
        };
        return node.Kind switch
        {
            JsonValueKind.Object => Members(ref reader, node, depth),
            JsonValueKind.Array => Items(ref reader, node, depth),
            _ => node,
        };
    }

    private PolicyNode? Members(ref Utf8JsonReader reader, PolicyNode node, int depth)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            int keyStart = (int)reader.TokenStartIndex;
            string key = Text(ref reader, node);
            if (key.Length > LongestKey)
            {
                return Stop(PolicyRules.BadName, keyStart, $"the key {Words.Quote(key)} has {key.Length:N0} characters; a key has at most {LongestKey}");
            }

            reader.Read();
            PolicyNode? child = Value(ref reader, node, key, keyStart, depth + 1);
            if (child is null)
            {
                return null;
            }

            if (!node.TryAdd(child))
            {
                _findings.Add(PolicyRules.DuplicateKey, child.Pointer, keyStart, $"{Words.Quote(key)} is written twice; keep one of them");
            }
        }

        return node;
    }

    private PolicyNode? Items(ref Utf8JsonReader reader, PolicyNode node, int depth)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            PolicyNode? item = Value(ref reader, node, PolicyNode.IndexKey(node.Children.Count), -1, depth + 1);
            if (item is null)
            {
                return null;
            }

            node.TryAdd(item);
        }

        return node;
    }

    /// <summary>The framework throws InvalidOperationException, not JsonException, for an escaped half of a surrogate pair.</summary>
    private string Text(ref Utf8JsonReader reader, PolicyNode? parent)
    {
        try
        {
            return reader.ValueIsEscaped ? reader.GetString() ?? "" : _known.Of(reader.ValueSpan);
        }
        catch (InvalidOperationException)
        {
            _findings.Add(PolicyRules.BrokenText, parent?.Pointer ?? "", (int)reader.TokenStartIndex,
                "the text has one half of a surrogate pair (\\uD800..\\uDFFF); write the character itself");
            return "\uFFFD";
        }
    }

    private PolicyNode? Stop(PolicyRule rule, int offset, string message)
    {
        _stopped = true;
        _findings.Add(rule, "", offset, message);
        return null;
    }

    /// <summary>The framework's words without its own idea of the place, which counts from 0 and in bytes.</summary>
    private PolicyNode? NotJson(string message, int at, int depth)
    {
        if (at == _unclosedComment)
        {
            return Stop(PolicyRules.NotJson, at, "a comment begins here and never ends; close it with \"*/\"");
        }

        // Where a comma is the last thing, the framework points at the comma.
        ReadOnlySpan<byte> rest = _utf8.Span[at..].Trim(" \t\r\n"u8);
        if (rest.IsEmpty || (depth > 0 && rest.SequenceEqual(","u8)))
        {
            // Not in the empty lines after it, where no caret could stand.
            return Stop(PolicyRules.NotJson, _utf8.Span.TrimEnd(" \t\r\n"u8).Length,
                "the file ends too soon; is it cut off, or is a closing brace missing?");
        }

        int place = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        string words = (place < 0 ? message : message[..place]).TrimEnd('.', ' ');
        return Stop(PolicyRules.NotJson, WordStart(at), $"not JSON: {words}");
    }

    /// <summary>The framework points into the middle of a word it does not know.</summary>
    private int WordStart(int at)
    {
        ReadOnlySpan<byte> bytes = _utf8.Span;
        while (at > 0 && at < bytes.Length && char.IsAsciiLetterOrDigit((char)bytes[at]) && char.IsAsciiLetterOrDigit((char)bytes[at - 1]))
        {
            at--;
        }

        return at;
    }

    private static bool IsUtf16(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE])
        || bytes.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF])
        || (bytes.Length >= 2 && (bytes[0] == 0) != (bytes[1] == 0));

    private static int FirstInvalid(ReadOnlySpan<byte> bytes)
    {
        int at = 0;
        while (Rune.DecodeFromUtf8(bytes[at..], out _, out int length) == System.Buffers.OperationStatus.Done)
        {
            at += length;
        }

        return at;
    }

    private static JsonValueKind KindOf(JsonTokenType token) => token switch
    {
        JsonTokenType.StartObject => JsonValueKind.Object,
        JsonTokenType.StartArray => JsonValueKind.Array,
        JsonTokenType.String => JsonValueKind.String,
        JsonTokenType.Number => JsonValueKind.Number,
        JsonTokenType.True => JsonValueKind.True,
        JsonTokenType.False => JsonValueKind.False,
        _ => JsonValueKind.Null,
    };
}
