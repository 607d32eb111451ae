using SandGlass.Policy;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Policy;

public sealed class ReferenceWriterTests
{
    private static readonly string Page = ReferenceWriter.Write(DocComments.Load(Path.Combine(AppContext.BaseDirectory, "sandglass.xml")));

    [Fact]
    public void The_reference_in_the_tree_is_current()
    {
        // To write it anew: SANDGLASS_WRITE_SCHEMA=1 dotnet test --filter ReferenceWriterTests
        var file = Path.Combine(Tree.Root, "docs", "policy.md");
        if (Environment.GetEnvironmentVariable("SANDGLASS_WRITE_SCHEMA") == "1")
        {
            File.WriteAllText(file, Page);
        }

        Assert.Equal(Page, File.ReadAllText(file));
    }

    [Fact]
    public void Every_key_of_every_record_and_every_rule_is_in_it()
    {
        var waiting = new Queue<Type>([typeof(GatewayPolicy)]);
        var met = new HashSet<Type>();
        while (waiting.TryDequeue(out var record))
        {
            foreach (var key in PolicyShape.Of(record).Keys.Values)
            {
                Assert.Contains($"| `{key.Name}` |", Page, StringComparison.Ordinal);
                var inner = key.Type.IsGenericType ? key.Type.GetGenericArguments()[^1] : key.Type;
                if (inner.Name.EndsWith("Policy", StringComparison.Ordinal) && met.Add(inner))
                {
                    waiting.Enqueue(inner);
                }
            }
        }

        Assert.True(met.Count > 20);
        Assert.All(PolicyRules.All, rule => Assert.Contains($"| {rule.Id} |", Page, StringComparison.Ordinal));
    }

    [Fact]
    public void No_cell_is_torn_by_its_content()
    {
        foreach (var row in Page.Split('\n').Where(static l => l.StartsWith("| `", StringComparison.Ordinal)))
        {
            Assert.Equal(5, row.Replace("\\|", string.Empty, StringComparison.Ordinal).Count(static c => c == '|'));
        }
    }
}
