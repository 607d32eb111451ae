using System.Globalization;
using System.Text.Encodings.Web;

namespace SandGlass.LoadTests.Config;

/// <summary>Writes a value that was read as JSON again.</summary>
internal static class JsonText
{
    public static string Of(Node node) => node switch
    {
        ObjectNode o => $"{{{string.Join(',', o.Members.Select(static m => $"{Quoted(m.Key)}:{Of(m.Value)}"))}}}",
        ArrayNode a => $"[{string.Join(',', a.Items.Select(Of))}]",
        TextNode t => Quoted(t.Value),
        NumberNode n => n.Value.ToString("R", CultureInfo.InvariantCulture),
        _ => node.Kind,
    };

    private static string Quoted(string text) => $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text)}\"";
}
