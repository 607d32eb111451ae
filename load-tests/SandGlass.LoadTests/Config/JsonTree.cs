using System.Text;
using System.Text.Json;

namespace SandGlass.LoadTests.Config;

/// <summary>Reads JSON, with comments and trailing commas as NBomber takes them, into nodes with places.</summary>
internal sealed class JsonTree
{
    private readonly byte[] _bytes;
    private readonly List<Finding> _findings;

    private JsonTree(byte[] bytes, List<Finding> findings) => (_bytes, _findings) = (bytes, findings);

    /// <summary>The root, or null with the reason among the findings.</summary>
    public static Node? Read(byte[] bytes, List<Finding> findings)
    {
        var tree = new JsonTree(bytes.AsSpan().StartsWith("\uFEFF"u8) ? bytes[3..] : bytes, findings);
        var reader = new Utf8JsonReader(tree._bytes, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        try
        {
            reader.Read();
            var root = tree.Read(ref reader, string.Empty);
            reader.Read();
            return root;
        }
        catch (JsonException fault)
        {
            var message = fault.Message.Split(" LineNumber:", 2)[0].TrimEnd('.');
            findings.Add(new(new((int)(fault.LineNumber ?? 0) + 1, (int)(fault.BytePositionInLine ?? 0) + 1), string.Empty, $"not JSON: {message}"));
            return null;
        }
    }

    private Node Read(ref Utf8JsonReader reader, string path)
    {
        var place = At(reader.TokenStartIndex);
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                List<Member> members = [];
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var key = reader.GetString()!;
                    var keyPlace = At(reader.TokenStartIndex);
                    if (members.Exists(m => m.Key == key))
                    {
                        _findings.Add(new(keyPlace, $"{path}/{key}", "is there twice; only one can count"));
                    }

                    reader.Read();
                    members.Add(new(key, keyPlace, Read(ref reader, $"{path}/{key}")));
                }

                return new ObjectNode(place, members);
            case JsonTokenType.StartArray:
                List<Node> items = [];
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    items.Add(Read(ref reader, $"{path}/{items.Count}"));
                }

                return new ArrayNode(place, items);
            case JsonTokenType.String:
                return new TextNode(place, reader.GetString()!);
            case JsonTokenType.Number:
                return new NumberNode(place, reader.GetDouble());
            default:
                return new OtherNode(place, Encoding.UTF8.GetString(reader.ValueSpan));
        }
    }

    private Place At(long offset)
    {
        var before = _bytes.AsSpan(0, (int)offset);
        var line = before.LastIndexOf((byte)'\n');
        return new(before.Count((byte)'\n') + 1, Encoding.UTF8.GetCharCount(before[(line + 1)..]) + 1);
    }
}
