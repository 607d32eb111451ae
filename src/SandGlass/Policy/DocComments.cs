using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace SandGlass.Policy;

/// <summary>The comments of the source, from the file that the compiler writes beside the program.</summary>
internal sealed partial class DocComments
{
    private readonly Dictionary<string, string> _texts;

    private DocComments(Dictionary<string, string> texts) => _texts = texts;

    /// <summary>Reads a documentation file.</summary>
    /// <exception cref="IOException">It can't be read.</exception>
    public static DocComments Load(string path) => new(XDocument.Load(path).Descendants("member")
        .Where(static m => m.Element("summary") is not null)
        .ToDictionary(static m => (string)m.Attribute("name")!, static m => Plain(m.Element("summary")!), StringComparer.Ordinal));

    /// <summary>What is said of a type.</summary>
    public string? Of(Type type) => _texts.GetValueOrDefault("T:" + type.FullName);

    /// <summary>What is said of a property.</summary>
    public string? Of(PropertyInfo property) => _texts.GetValueOrDefault($"P:{property.DeclaringType!.FullName}.{property.Name}");

    /// <summary>What is said of a word of an enum.</summary>
    public string? Of(FieldInfo word) => _texts.GetValueOrDefault($"F:{word.DeclaringType!.FullName}.{word.Name}");

    // <see cref="T:A.B.Name"/> becomes Name; line breaks become blanks.
    private static string Plain(XElement summary)
    {
        foreach (var see in summary.Descendants().Where(static e => e.Name.LocalName is "see" or "paramref").ToArray())
        {
            var name = ((string?)see.Attribute("cref") ?? (string?)see.Attribute("langword") ?? (string?)see.Attribute("name") ?? see.Value).Split('.')[^1];
            see.ReplaceWith(name);
        }

        return Blanks().Replace(summary.Value, " ").Trim();
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
