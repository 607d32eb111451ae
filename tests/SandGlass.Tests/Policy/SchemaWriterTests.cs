using System.Text.Json;
using SandGlass.Policy;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Policy;

public sealed class SchemaWriterTests
{
    private static readonly string Schema = SchemaWriter.Write(DocComments.Load(Path.Combine(AppContext.BaseDirectory, "sandglass.xml")));

    [Fact]
    public void The_schema_in_the_tree_is_current()
    {
        // To write it anew: SANDGLASS_WRITE_SCHEMA=1 dotnet test --filter SchemaWriterTests
        var file = Path.Combine(Tree.Root, "config", "policy.schema.json");
        if (Environment.GetEnvironmentVariable("SANDGLASS_WRITE_SCHEMA") == "1")
        {
            File.WriteAllText(file, Schema);
        }

        Assert.Equal(Schema, File.ReadAllText(file));
    }

    [Fact]
    public void Every_key_has_a_description()
    {
        using var schema = JsonDocument.Parse(Schema);
        var records = schema.RootElement.GetProperty("$defs").EnumerateObject().Select(d => d.Value).Append(schema.RootElement);
        var bare = records.SelectMany(r => r.GetProperty("properties").EnumerateObject())
            .Where(p => !p.Value.TryGetProperty("description", out _)).Select(p => p.Name);
        Assert.Empty(bare);
    }

    [Fact]
    public void No_object_of_the_schema_takes_unknown_keys()
    {
        using var schema = JsonDocument.Parse(Schema);
        foreach (var record in schema.RootElement.GetProperty("$defs").EnumerateObject().Select(d => d.Value).Append(schema.RootElement))
        {
            Assert.False(record.GetProperty("additionalProperties").GetBoolean());
        }
    }
}
